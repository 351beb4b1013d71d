//! Single sign-on at the identity provider of the configuration: OpenID Connect's authorization code flow with PKCE,
//! state and nonce.
//!
//! What a sign-in needs when it comes back ([`Flow`]) is kept by the browser that began it, in a cookie that scripts
//! cannot read: so it ends in no other browser, any server can end it, and a stranger who begins many costs nothing.

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use domain::{
    Timestamp,
    external::{ExternalPerson, Refusal},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SignatureVerificationError, TokenResponse,
    core::{CoreAuthenticationFlow, CoreJwsSigningAlgorithm as Alg, CoreProviderMetadata},
};
use serde::{Deserialize, Serialize};
use tokio::{sync::Mutex, time::Instant};

use super::claims::{Claims, Client, IdToken, Response, UserInfo};
use crate::{config::Oidc, https};

/// Where the provider sends browsers back to.
pub const CALLBACK: &str = "/sign-in/callback";

/// What a provider signs with: never with a secret that both sides know, and never with nothing.
const SIGNED_WITH: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// The provider's description and keys are asked for again after this long, and at once where a key is unknown.
const REMEMBERED: Duration = Duration::from_secs(3_600);
/// For each call of the provider.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Far above any answer of a provider.
const MOST_BYTES: usize = 1 << 20;

/// The way in by the provider.
pub struct SingleSignOn {
    oidc: Oidc,
    /// Of this installation, as browsers reach it.
    origin: String,
    known: Mutex<Option<(Instant, Arc<Provider>)>>,
}

/// A sign-in that has gone to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    state: String,
    nonce: String,
    verifier: String,
    /// Where the browser wanted to go.
    pub next: String,
}

/// What the provider sends a browser back with.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    code: String,
    state: String,
    /// Who answers, after RFC 9207; providers that do not know it leave it out.
    iss: Option<String>,
    error: Option<String>,
}

struct Provider {
    metadata: CoreProviderMetadata,
    http: Http,
}

impl Flow {
    /// As a value of a cookie.
    #[must_use]
    pub fn to_cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The opposite of [`to_cookie`](Self::to_cookie).
    #[must_use]
    pub fn from_cookie(value: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(value).ok()?).ok()
    }
}

impl SingleSignOn {
    /// `origin` is how browsers reach this installation, without a slash at the end.
    #[must_use]
    pub fn new(oidc: Oidc, origin: String) -> Self {
        Self { oidc, origin, known: Mutex::default() }
    }

    /// What the button says.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.oidc.name
    }

    /// Begins a sign-in: the address at the provider, and what the browser has to keep until it comes back.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`].
    pub async fn begin(&self, next: &str) -> Result<(String, Flow), Refusal> {
        let provider = self.provider().await?;
        let client = self.client(&provider)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request =
            client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random).set_pkce_challenge(challenge);
        for scope in &self.oidc.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.url();
        let flow = Flow {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next: next.to_owned(),
        };
        Ok((url.to_string(), flow))
    }

    /// Ends a sign-in: who the provider says it is, and what they may be here.
    ///
    /// # Errors
    /// Why nobody is signed in; what is no fault of the person is logged.
    pub async fn finish(&self, flow: &Flow, answer: Answer, now: Timestamp) -> Result<ExternalPerson, Refusal> {
        if flow.state != answer.state {
            return Err(Refusal::State);
        }
        if answer.iss.as_deref().is_some_and(|issuer| issuer != self.oidc.issuer) {
            return Err(Refusal::Answer);
        }
        if answer.error.is_some() || answer.code.is_empty() {
            return Err(Refusal::Declined);
        }
        let provider = self.provider().await?;
        let client = self.client(&provider)?;
        let response = client
            .exchange_code(AuthorizationCode::new(answer.code))
            .map_err(|error| untrusted("the token endpoint", &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(flow.verifier.clone()))
            .request_async(&provider.http)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(_) => Refusal::Code,
                RequestTokenError::Request(error) => unreachable(&error),
                error => untrusted("the answer to the code", &error),
            })?;
        let token = response.id_token().ok_or_else(|| untrusted("the answer to the code", &"there is no ID token"))?;
        let nonce = Nonce::new(flow.nonce.clone());
        let mut claims = match verified(&client, &response, token, &nonce, now) {
            // The provider may sign with a key that is newer than what is known of it.
            Err(error) if is_unknown_key(&error) => {
                self.forget().await;
                let newer = self.provider().await?;
                verified(&self.client(&newer)?, &response, token, &nonce, now)
            }
            claims => claims,
        }
        .map_err(|error| untrusted("the ID token", &error))?;
        let subject = openidconnect::SubjectIdentifier::new(claims.subject.clone());
        // What a provider tells there it need not put into the ID token.
        if let Ok(request) = client.user_info(response.access_token().clone(), Some(subject)) {
            let info: UserInfo =
                request.request_async(&provider.http).await.map_err(|error| untrusted("the user info", &error))?;
            claims.complete(&info);
        }
        self.person(claims)
    }

    /// Whether the provider can be asked; for `kvstore doctor`.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> anyhow::Result<()> {
        self.discover().await.map(|_| ())
    }

    fn person(&self, claims: Claims) -> Result<ExternalPerson, Refusal> {
        let email = claims.email.clone().unwrap_or_default();
        if !email.is_empty() && claims.email_verified != Some(true) && !self.oidc.trust_email {
            return Err(Refusal::Email);
        }
        let groups = claims.words(&self.oidc.groups_claim);
        let rules = self.oidc.rules();
        let Some(rights) = rules.rights(&groups) else {
            tracing::info!(?groups, "single sign-on: no rule is for any of these groups");
            return Err(Refusal::Group);
        };
        let username = claims.username.filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone());
        Ok(ExternalPerson {
            issuer: self.oidc.issuer.clone(),
            subject: claims.subject,
            username,
            name: claims.name.unwrap_or_default(),
            email,
            rights,
            managed_teams: rules.teams(),
        })
    }

    fn client(&self, provider: &Provider) -> Result<Client, Refusal> {
        let redirect = RedirectUrl::new(format!("{}{CALLBACK}", self.origin))
            .map_err(|error| untrusted("the address of this installation", &error))?;
        let secret = self.oidc.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let id = ClientId::new(self.oidc.client_id.clone());
        Ok(Client::from_provider_metadata(provider.metadata.clone(), id, secret).set_redirect_uri(redirect))
    }

    async fn provider(&self) -> Result<Arc<Provider>, Refusal> {
        let mut known = self.known.lock().await;
        if let Some((_, provider)) = known.as_ref().filter(|(since, _)| since.elapsed() < REMEMBERED) {
            return Ok(provider.clone());
        }
        let provider = self.discover().await.map_err(|error| unreachable(&error))?;
        let (_, provider) = known.insert((Instant::now(), Arc::new(provider)));
        Ok(provider.clone())
    }

    async fn forget(&self) {
        *self.known.lock().await = None;
    }

    async fn discover(&self) -> anyhow::Result<Provider> {
        let scheme = self.oidc.issuer.split_once(':').map_or("https", |(scheme, _)| scheme);
        let http = Http(Pool::builder(TokioExecutor::new()).build(https::connector(scheme)?));
        let issuer = IssuerUrl::new(self.oidc.issuer.clone()).context("the issuer is no address")?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(anyhow::Error::from)
            .with_context(|| format!("{} does not describe itself", self.oidc.issuer))?;
        Ok(Provider { metadata, http })
    }
}

/// The claims of an ID token whose signature, issuer, audience, time and nonce are right, and which is for this access
/// token.
fn verified(
    client: &Client,
    response: &Response,
    token: &IdToken,
    nonce: &Nonce,
    now: Timestamp,
) -> Result<Claims, ClaimsVerificationError> {
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_WITH).set_time_fn(move || now);
    let claims = token.claims(&verifier, nonce)?;
    if let Some(told) = claims.access_token_hash() {
        let signed = |error: openidconnect::SigningError| ClaimsVerificationError::Other(error.to_string());
        let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let alg = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
        let hash = AccessTokenHash::from_token(response.access_token(), alg, key).map_err(signed)?;
        if hash != *told {
            return Err(ClaimsVerificationError::Other("it is for another access token".to_owned()));
        }
    }
    Ok(Claims::of(claims))
}

fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(
        error,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_)
        )
    )
}

fn untrusted(what: &str, error: &dyn fmt::Display) -> Refusal {
    tracing::warn!(%error, "single sign-on: {what} cannot be trusted");
    Refusal::Answer
}

fn unreachable(error: &dyn fmt::Display) -> Refusal {
    tracing::warn!(error = format!("{error:#}"), "single sign-on: the identity provider cannot be reached");
    Refusal::Unavailable
}

/// Calls of the provider: they follow no redirect, and end after [`TIMEOUT`] and [`MOST_BYTES`].
struct Http(Pool<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why a call has no answer.
#[derive(Debug)]
struct Unanswered(String);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unanswered {}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answered = tokio::time::timeout(TIMEOUT, self.send(request)).await;
            answered.map_err(|_| Unanswered(format!("no answer in {} s", TIMEOUT.as_secs())))?
        })
    }
}

impl Http {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let failed = |error: &dyn std::error::Error| Unanswered(https::cause(error));
        let response =
            self.0.request(request.map(|body| Full::new(body.into()))).await.map_err(|error| failed(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MOST_BYTES).collect().await.map_err(|error| failed(error.as_ref()))?;
        Ok(HttpResponse::from_parts(parts, body.to_bytes().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sso() -> SingleSignOn {
        let oidc = toml::from_str("issuer = 'http://127.0.0.1:1'\nclient_id = 'kvstore'\ndefault_role = 'engineer'");
        SingleSignOn::new(oidc.unwrap(), "http://127.0.0.1:3000".to_owned())
    }

    fn flow() -> Flow {
        Flow { state: "s".into(), nonce: "n".into(), verifier: "v".into(), next: "/queue?sort=-age".into() }
    }

    #[test]
    fn a_flow_survives_its_cookie() {
        assert_eq!(Flow::from_cookie(&flow().to_cookie()), Some(flow()));
        for wrong in ["", "e30", "nothing at all"] {
            assert_eq!(Flow::from_cookie(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn an_answer_of_another_sign_in_or_provider_asks_nobody() {
        let answer = |state: &str| Answer { code: "c".into(), state: state.into(), ..Answer::default() };
        let now = domain::form::sample_now();
        assert_eq!(sso().finish(&flow(), answer("another"), now).await, Err(Refusal::State));
        let other = Answer { iss: Some("https://evil.example".into()), ..answer("s") };
        assert_eq!(sso().finish(&flow(), other, now).await, Err(Refusal::Answer));
        let declined = Answer { error: Some("access_denied".into()), ..answer("s") };
        assert_eq!(sso().finish(&flow(), declined, now).await, Err(Refusal::Declined));
        assert_eq!(sso().finish(&flow(), answer("s"), now).await, Err(Refusal::Unavailable));
    }

    #[test]
    fn an_address_that_nobody_verified_signs_nobody_in() {
        let claims = |verified| Claims {
            subject: "1".into(),
            email: Some("maya@example.com".into()),
            email_verified: verified,
            ..Claims::default()
        };
        assert_eq!(sso().person(claims(Some(false))), Err(Refusal::Email));
        assert_eq!(sso().person(claims(None)), Err(Refusal::Email));
        let person = sso().person(claims(Some(true))).unwrap();
        assert_eq!((person.username.as_str(), person.email.as_str()), ("maya@example.com", "maya@example.com"));
    }
}
