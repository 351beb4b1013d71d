//! One file for each route.

pub mod analytics;
pub mod audit;
pub mod bulk;
pub mod catalogue;
pub mod console;
pub mod dataset;
pub mod home;
pub mod jobs;
pub mod not_found;
pub mod people;
pub mod policies;
pub mod queue;
pub mod request;
pub mod request_form;
pub mod set_password;
pub mod settings;
pub mod sign_in;
pub mod teams;
