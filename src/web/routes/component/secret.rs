//! `…/secret/{name}/value`: setting a secret. The page never shows what is there.

use actix_web::web::{Bytes, Path};

use super::super::names::Answer;
use super::acts::dialog_page;
use super::{At, head};
use crate::app::component;
use crate::domain::access::Permission;
use crate::domain::component::Kind;
use crate::web::components::dialog::Dialog;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::form as forms;
use crate::web::layout::Place;
use crate::web::pages::component::form::{Form, secret_fields};
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

/// `GET …/value`
///
/// # Errors
/// No such secret; the person may not set it.
pub async fn ask(visitor: Visitor, at: Path<At>) -> Answer {
    dialog(&visitor, &at, &Form::default(), &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &At, form: &Form, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, set)) = visitor
        .page(&at.ws, Place::Components, move |conn, ctx, workspace| {
            ctx.allow(Permission::KeepSecrets, Some(&workspace.id()))?;
            let (_, row) = wanted.find(conn, ctx)?;
            let set = component::secret::set_when(conn, &row)?;
            Ok((head(workspace, &row)?, set))
        })
        .await?;
    if head.kind != Kind::Secret {
        return Err(PageError::NotFound(format!("{} is a {}, which holds no secret value.", head.name, head.kind)));
    }
    let keep = if set.is_some() { "Keep the value there is" } else { "Leave it without a value" };
    let mut dialog = Dialog::new(
        "set-value",
        &layout.csrf,
        format!("Set the value of {}", head.name),
        format!("{}/value", head.base),
        (head.base.clone(), keep),
        "Set the value",
    );
    dialog.intro = if set.is_some() {
        "Runs that start or go on from now on use the new value. The old one is gone.".into()
    } else {
        "Runs that read it use this value from now on.".into()
    };
    dialog.fields = secret_fields(form, &refused.errors);
    if let Some(value) = dialog.fields.first_mut() {
        value.required = true;
        value.autofocus = true;
    }
    dialog.summary = refused.summary("The value was not set", "set-value");
    dialog_page(visitor, refused.status, layout, head, "Set the value", dialog)
}

/// `POST …/value`
///
/// # Errors
/// No such secret; the person may not set it.
pub async fn set(visitor: Visitor, at: Path<At>, body: Bytes) -> Answer {
    let form: Form = forms::parse(&body)?;
    let (typed, wanted, vault) = (form.clone(), at.clone(), visitor.state.vault.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (_, row) = wanted.find(conn, ctx)?;
            component::secret::set(conn, ctx, &vault, &row, &typed.secret_value()?)
        })
        .await;
    match done {
        Ok(row) => Ok(visitor.go(&at.base(), &Flash::done(format!("The value of {} is set.", row.name)).text("Nobody can read it back."))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            dialog(&visitor, &at, &form, &refused).await
        }
    }
}
