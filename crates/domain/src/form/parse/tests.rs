use super::*;
use crate::form::sample_now;

#[test]
fn the_sample_parses_and_comes_back_the_same() {
    let spec = RequestForm::sample().parse(sample_now()).unwrap();
    let again = spec.to_form().parse(sample_now()).unwrap();
    assert_eq!(spec, again);
}
