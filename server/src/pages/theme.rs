//! `POST /theme`: how the pages look in this browser, kept in a cookie.

use app::Theme;
use axum::response::Response;
use http::{HeaderValue, header};

use super::{next::see_other, submission::Submission};

/// Keeps `theme` (light, dark or system) for a year and goes back to `next`.
pub async fn choose(form: Submission) -> Response {
    let theme = Theme::from_word(form.value(Theme::COOKIE));
    let mut response = see_other(form.value("next"), "/");
    if let Ok(cookie) = HeaderValue::try_from(theme.cookie()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
