//! The API of people: sessions and oneself.

pub mod users;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sign_in::{self, Credentials, Refused};
use super::{CurrentUser, Role};
use crate::attendance::standing::{self, FollowUpCounts};
use crate::db::{At, Conn, Id};
use crate::error::{Error, Result};
use crate::rota::shifts::Shift;
use crate::web::{Body, Here, json};

/// What somebody signs in with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The login, whatever its case.
    pub login: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
    /// The second factor's code, where it is on.
    pub otp: Option<String>,
}

/// A session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Send it as `Authorization: Bearer …`; it is shown only now.
    pub token: String,
    /// When it ends at the latest.
    pub expires_at: At,
    /// Who signed in.
    pub user: UserView,
}

/// A user, as the API names one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UserView {
    /// Their id.
    pub id: Id,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: Role,
    /// Their branch; null for admins and the head office.
    pub branch_id: Option<Id>,
}

impl From<&CurrentUser> for UserView {
    fn from(user: &CurrentUser) -> UserView {
        UserView {
            id: user.id,
            name: user.name.clone(),
            role: user.role,
            branch_id: user.branch.as_ref().map(|b| b.id),
        }
    }
}

/// `POST /api/v1/sessions`
///
/// # Errors
/// 401 `wrong_credentials` or `second_factor`; 429.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "people", request_body = NewSession,
    responses((status = 201, body = SessionView), (status = 401), (status = 422), (status = 429)), security(()))]
pub async fn create_session(here: Here, body: Body<NewSession>) -> Result<HttpResponse> {
    let given = Credentials {
        login: body.0.login,
        password: body.0.password,
        otp: body.0.otp,
        halfway: None,
        keep: false,
        device: None,
        user_agent: sign_in::user_agent(&here.req),
    };
    match sign_in::sign_in(&here.app, here.caller(), given).await? {
        Ok(session) => Ok(HttpResponse::Created().json(SessionView {
            token: session.token,
            expires_at: session.expires_at,
            user: UserView {
                id: session.user_id,
                name: session.name,
                role: session.role,
                branch_id: session.branch_id,
            },
        })),
        Err(Refused::Wrong | Refused::Late) => Err(Error::Unauthorized("wrong_credentials")),
        Err(Refused::SecondFactor { .. }) => Err(Error::Unauthorized("second_factor")),
    }
}

/// `DELETE /api/v1/sessions/current`
///
/// # Errors
/// What the database says.
#[utoipa::path(delete, path = "/api/v1/sessions/current", tag = "people", responses((status = 204), (status = 401)))]
pub async fn end_session(here: Here) -> Result<HttpResponse> {
    sign_in::sign_out(&here.app, here.caller()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Oneself.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Who.
    #[serde(flatten)]
    pub user: UserView,
    /// The folded login.
    pub login: String,
    /// Today's shift, of a broker.
    pub shift: Option<Shift>,
    /// The follow-ups within reach that wait.
    pub follow_ups: FollowUpCounts,
}

/// `GET /api/v1/me`
///
/// # Errors
/// What the database says.
#[utoipa::path(get, path = "/api/v1/me", tag = "people", responses((status = 200, body = Me), (status = 401)))]
pub async fn me(here: Here) -> Result<HttpResponse> {
    let user = here.user()?.clone();
    let now = here.app.clock.now();
    let me = move |conn: &mut Conn| {
        Ok(Me {
            shift: standing::shift_on(conn, user.id, now.date_in(user.zone()))?,
            follow_ups: standing::follow_up_counts(conn, user.reach(), now)?,
            user: (&user).into(),
            login: user.login,
        })
    };
    Ok(json(here.app.db.read(me).await?))
}
