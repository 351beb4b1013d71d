//! The organisation of the demonstration: teams, engineers, reviewers, an admin and an auditor.

use db::PersonRow;
use domain::{
    choices::Role,
    ids::{TeamId, UserId},
    view::Team,
};

/// Slug and name of every team.
pub(super) const TEAMS: &[(&str, &str)] = &[
    ("search", "Search"),
    ("ads", "Ads"),
    ("home-feed", "Home Feed"),
    ("trust-safety", "Trust & Safety"),
    ("payments", "Payments"),
    ("growth", "Growth"),
    ("kv-systems", "KV Systems"),
    ("platform", "Platform"),
    ("internal-audit", "Internal Audit"),
];

/// Somebody of the demonstration.
pub(super) struct Somebody {
    pub handle: &'static str,
    pub name: &'static str,
    pub team: &'static str,
    pub role: Role,
    pub privacy: Privacy,
}

/// Whether somebody may give the privacy approval.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Privacy {
    Approver,
    No,
}

const fn somebody(
    handle: &'static str,
    name: &'static str,
    team: &'static str,
    role: Role,
    privacy: Privacy,
) -> Somebody {
    Somebody { handle, name, team, role, privacy }
}

/// Two engineers in each team, two reviewers, an admin and an auditor.
///
/// Three people can review and three can give the privacy approval, two of them in both groups: a request that needs
/// two reviews and a privacy approval can be decided without its requester, whoever that is.
pub(super) const PEOPLE: &[Somebody] = &[
    somebody("maya.chen", "Maya Chen", "search", Role::Engineer, Privacy::No),
    somebody("jonas.weber", "Jonas Weber", "search", Role::Engineer, Privacy::No),
    somebody("amara.okafor", "Amara Okafor", "ads", Role::Engineer, Privacy::No),
    somebody("diego.ramirez", "Diego Ramírez", "ads", Role::Engineer, Privacy::No),
    somebody("yuki.tanaka", "Yuki Tanaka", "home-feed", Role::Engineer, Privacy::No),
    somebody("elif.kaya", "Elif Kaya", "home-feed", Role::Engineer, Privacy::No),
    somebody("noah.fischer", "Noah Fischer", "trust-safety", Role::Engineer, Privacy::No),
    somebody("ines.moreau", "Inès Moreau", "trust-safety", Role::Engineer, Privacy::Approver),
    somebody("arjun.mehta", "Arjun Mehta", "payments", Role::Engineer, Privacy::No),
    somebody("chloe.dubois", "Chloé Dubois", "payments", Role::Engineer, Privacy::No),
    somebody("liam.oconnor", "Liam O'Connor", "growth", Role::Engineer, Privacy::No),
    somebody("zanele.dlamini", "Zanele Dlamini", "growth", Role::Engineer, Privacy::No),
    somebody("lena.park", "Lena Park", "kv-systems", Role::Reviewer, Privacy::Approver),
    somebody("omar.haddad", "Omar Haddad", "kv-systems", Role::Reviewer, Privacy::No),
    somebody("priya.nair", "Priya Nair", "platform", Role::Admin, Privacy::Approver),
    somebody("sofia.rossi", "Sofia Rossi", "internal-audit", Role::Auditor, Privacy::No),
];

/// A person of a team, as histories need them.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub id: UserId,
    pub handle: String,
}

/// The organisation as the database knows it: ids beside handles.
#[derive(Debug)]
pub(super) struct Organisation {
    teams: Vec<(String, TeamId, Vec<Member>)>,
    /// Everybody who is here.
    pub people: Vec<PersonRow>,
    /// Reviewers and admins of the demonstration.
    pub reviewers: Vec<Member>,
    pub privacy: Vec<Member>,
}

impl Organisation {
    /// Finds the people of the demonstration among those of the database; none where somebody is missing.
    pub(super) fn find(people: Vec<PersonRow>, teams: &[Team]) -> Option<Self> {
        let member = |somebody: &Somebody| {
            let row = people.iter().find(|row| row.handle == somebody.handle)?;
            Some(Member { id: row.id, handle: row.handle.clone() })
        };
        let all = |picked: &dyn Fn(&Somebody) -> bool| {
            PEOPLE.iter().filter(|somebody| picked(somebody)).map(member).collect::<Option<Vec<_>>>()
        };
        let mut found = Vec::new();
        for (slug, _) in TEAMS {
            let team = teams.iter().find(|team| team.slug == *slug)?;
            let engineers = all(&|somebody| somebody.team == *slug && somebody.role == Role::Engineer)?;
            found.push(((*slug).to_owned(), team.id, engineers));
        }
        Some(Self {
            teams: found,
            reviewers: all(&|somebody| somebody.role.includes(Role::Reviewer))?,
            privacy: all(&|somebody| somebody.privacy == Privacy::Approver)?,
            people,
        })
    }

    /// A team of engineers, by slug: the themes name only such.
    pub(super) fn team(&self, slug: &str) -> (TeamId, &[Member]) {
        let (_, id, members) = self.teams.iter().find(|(known, ..)| known == slug).unwrap_or(&self.teams[0]);
        (*id, members)
    }
}
