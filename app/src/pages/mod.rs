//! One file for each route.

pub mod about;
pub mod analytics;
pub mod audit;
pub mod bulk;
pub mod catalogue;
pub mod console;
pub mod dataset;
pub mod home;
pub mod jobs;
pub mod not_found;
pub mod notice_settings;
pub mod notifications;
pub mod people;
pub mod policies;
pub mod queue;
pub mod refused;
pub mod request;
pub mod request_form;
pub mod set_password;
pub mod settings;
pub mod sign_in;
pub mod teams;
pub mod webhooks;
