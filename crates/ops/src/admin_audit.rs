//! The audit row of an act that is no transition of a request.

use db::{NewAdminAct, Tx};
use domain::{audit::AdminAct, error::Result};

use crate::{Ctx, Ops, error::from_db};

impl Ops {
    /// Writes into the transaction that does it who did what to `subject`, from where, with small JSON of before and
    /// after. `ctx` is none for the system and for an operator's command.
    ///
    /// Where nobody is signed in yet, as in a failed sign-in, write [`NewAdminAct`] itself with the address.
    pub(crate) async fn admin_audit(
        &self,
        tx: &mut Tx,
        ctx: Option<&Ctx>,
        act: AdminAct,
        subject: &str,
        before: Option<String>,
        after: Option<String>,
    ) -> Result<()> {
        let entry = NewAdminAct {
            at: self.now(),
            by: ctx.map(|ctx| ctx.viewer.id),
            act,
            subject: subject.to_owned(),
            before,
            after,
            origin: ctx.map(|ctx| ctx.origin.clone()).unwrap_or_default(),
            request_ref: ctx.map(|ctx| ctx.request_ref.clone()).unwrap_or_default(),
        };
        tx.admin_act_insert(&entry).await.map_err(from_db)
    }
}
