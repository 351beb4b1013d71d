//! What a provider says of somebody, and the types of its protocol with claims that every installation names itself.

use std::collections::HashMap;

use openidconnect::{
    AdditionalClaims, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims,
    IdTokenFields, StandardErrorResponse, StandardTokenResponse, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Every claim that is not one of the standard's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Others(HashMap<String, Value>);

impl AdditionalClaims for Others {}

type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

pub type IdToken =
    openidconnect::IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
pub type Response = StandardTokenResponse<Fields, CoreTokenType>;
pub type UserInfo = UserInfoClaims<Others, CoreGenderClaim>;

pub type Client = openidconnect::Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Response,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is read of it.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    pub subject: String,
    /// The wish for a handle.
    pub username: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    /// None where the provider does not say.
    pub email_verified: Option<bool>,
    /// Every other claim, by its name.
    pub others: HashMap<String, Value>,
}

impl Claims {
    #[must_use]
    pub fn of(claims: &IdTokenClaims<Others, CoreGenderClaim>) -> Self {
        Self {
            subject: claims.subject().to_string(),
            username: claims.preferred_username().map(|name| name.to_string()),
            name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
            email: claims.email().map(|email| email.to_string()),
            email_verified: claims.email_verified(),
            others: claims.additional_claims().0.clone(),
        }
    }

    /// Adds what only the user info says. An address and its verification come from one place.
    pub fn complete(&mut self, info: &UserInfo) {
        if self.email.is_none() {
            self.email = info.email().map(|email| email.to_string());
            self.email_verified = info.email_verified();
        }
        let name = || info.name().and_then(|name| name.get(None)).map(|name| name.to_string());
        self.name = self.name.take().or_else(name);
        let username = || info.preferred_username().map(|name| name.to_string());
        self.username = self.username.take().or_else(username);
        for (name, value) in &info.additional_claims().0 {
            self.others.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// A claim that is a list of words, or one word.
    #[must_use]
    pub fn words(&self, claim: &str) -> Vec<String> {
        match self.others.get(claim) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(word)) => vec![word.clone()],
            _ => Vec::new(),
        }
    }
}
