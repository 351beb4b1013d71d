//! What a person wants to be told, and how. Who chose nothing has what [`NoticeKind::is_on`] says.

use std::collections::HashMap;

use domain::{
    error::Result,
    ids::UserId,
    notice::{Channel, NoticeKind},
    view::{NoticePreference, NoticePreferences},
};

use super::letter::address;
use crate::{Ctx, Ops, error::from_db};

/// What these people chose.
pub(crate) struct Chosen(HashMap<(UserId, NoticeKind), NoticePreference>);

impl Chosen {
    pub(crate) fn of(&self, person: UserId, kind: NoticeKind) -> NoticePreference {
        self.0.get(&(person, kind)).copied().unwrap_or(NoticePreference {
            kind,
            in_app: kind.is_on(Channel::InApp),
            mail: kind.is_on(Channel::Mail),
        })
    }
}

impl Ops {
    pub(crate) async fn chosen(&self, people: &[UserId]) -> Result<Chosen> {
        self.db().notice_preferences(people).await.map(Chosen).map_err(from_db)
    }

    /// What the viewer is told of, and how.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn notice_preferences(&self, ctx: &Ctx) -> Result<NoticePreferences> {
        let chosen = self.chosen(&[ctx.viewer.id]).await?;
        let kinds = NoticeKind::ALL.iter().map(|kind| chosen.of(ctx.viewer.id, *kind)).collect();
        let person = self.db().person_find(ctx.viewer.id).await.map_err(from_db)?;
        let mail_to = person.as_ref().and_then(address).filter(|_| self.sends_mail());
        Ok(NoticePreferences { kinds, sends_mail: self.sends_mail(), mail_to })
    }

    /// Keeps what the viewer chose; kinds that are not named stay as they are.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn notice_preferences_set(&self, ctx: &Ctx, kinds: &[NoticePreference]) -> Result<()> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        for preference in kinds {
            tx.notice_preference_set(ctx.viewer.id, preference).await.map_err(from_db)?;
        }
        tx.commit().await.map_err(from_db)
    }
}
