use super::*;
use crate::clock::Generate;

fn pin(number: i64) -> Pin {
    Pin { version: VersionId::generate(), number, revision: 0 }
}

#[test]
fn each_change_grows_the_revision_and_leaves_one_primary() {
    let one = pin(1);
    let live = deploy(&Routing::empty(), one.clone());
    assert_eq!((live.revision, live.primary.as_ref()), (1, Some(&one)));
    let two = deploy(&live, pin(2));
    assert_eq!(two.revision, 2);
    let back = roll_back(&two, one.clone()).unwrap();
    assert_eq!((back.revision, back.primary), (3, Some(one)));
}

#[test]
fn the_switch_survives_a_deployment_but_a_stop_ends_with_it() {
    let live = deploy(&Routing::empty(), pin(1));
    let paused = switch(&live, Verb::Pause, Some("zero prices".into())).unwrap();
    assert_eq!(deploy(&paused, pin(2)).switch, Switch::Paused);
    let stopped = switch(&live, Verb::Stop, Some("wrong".into())).unwrap();
    assert_eq!(deploy(&stopped, pin(2)).switch, Switch::On);
    assert_eq!(switch(&paused, Verb::Resume, None).unwrap().switch_reason, None);
}

#[test]
fn every_verb_from_every_position_is_either_a_move_or_a_sentence() {
    let live = deploy(&Routing::empty(), pin(1));
    for from in Switch::ALL {
        for verb in Verb::ALL {
            match switch(&Routing { switch: *from, ..live.clone() }, *verb, None) {
                Ok(next) => assert_ne!(next.switch, *from, "{verb} from {from} moved nowhere"),
                Err(why) => assert!(why.to_string().ends_with('.')),
            }
        }
    }
    assert_eq!(switch(&Routing::empty(), Verb::Pause, None), Err(InvalidTransition::NothingLive));
}

#[test]
fn a_rollout_begins_grows_and_ends_in_three_ways() {
    let (one, two) = (pin(1), pin(2));
    let live = deploy(&Routing::empty(), one.clone());
    let candidate = |pin: &Pin| Candidate { pin: pin.clone(), basis_points: 500, salt: "s".into(), counter: 0, rollout: "rol_a".into() };
    assert_eq!(begin_rollout(&Routing::empty(), candidate(&two)), Err(InvalidTransition::NeedsPrimary));
    assert_eq!(begin_rollout(&live, candidate(&one)), Err(InvalidTransition::AlreadyPrimary(1)));
    let mut rolling = begin_rollout(&live, candidate(&two)).unwrap();
    assert_eq!(begin_rollout(&rolling, candidate(&pin(3))), Err(InvalidTransition::RolloutUnderWay(2)));
    rolling.candidate.as_mut().unwrap().counter = 7;
    assert_eq!(raise(&rolling, 500), Err(InvalidTransition::ShareOnlyGrows(500)));
    let raised = raise(&rolling, 2_500).unwrap().candidate.unwrap();
    assert_eq!((raised.basis_points, raised.counter, raised.salt.as_str()), (2_500, 0, "s"));
    assert_eq!(promote(&rolling).unwrap().primary, Some(two));
    assert_eq!(withdraw(&rolling).unwrap().primary, Some(one.clone()));
    assert_eq!(roll_back(&rolling, one).unwrap().candidate, None);
    assert_eq!(hold(&rolling).unwrap(), Routing { revision: rolling.revision + 1, ..rolling.clone() });
    for nothing in [raise(&live, 1), promote(&live), withdraw(&live), hold(&live)] {
        assert_eq!(nothing, Err(InvalidTransition::NoRollout));
    }
}

#[test]
fn a_hot_fix_reaches_whatever_takes_runs() {
    let live = deploy(&Routing::empty(), pin(1));
    let version = live.primary.as_ref().unwrap().version.clone();
    let fixed = refit(&live, &version, 1).unwrap();
    assert_eq!((fixed.primary.unwrap().revision, fixed.revision), (1, 2));
    assert_eq!(refit(&live, &pin(2).version, 1), None);
}

#[test]
fn going_back_to_what_is_live_is_refused() {
    let live = deploy(&Routing::empty(), pin(1));
    let same = live.primary.clone().unwrap();
    assert_eq!(roll_back(&live, same), Err(InvalidTransition::SameVersion(1)));
    assert_eq!(expect(&live, Some(0)), Err(InvalidTransition::Stale));
    assert_eq!(expect(&live, None), Ok(()));
}
