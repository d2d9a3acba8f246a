//! Text, bytes, UUIDs, JSON and addresses, whole and in pieces.

use proptest::prelude::*;

use super::*;
use crate::migrate::cell::StorageClass;
use crate::migrate::encode::long::{LongCheck, streams};
use crate::migrate::encode::text::real_text;

#[test]
fn text_is_refused_where_the_server_would_cut_or_refuse_it() {
    let of = |cell, encoding: &Encoding| value(cell, encoding);
    let any = plain(TargetType::Text);
    assert_eq!(of(text("a\0b"), &any), Err(Misfit::NulCharacter));
    assert_eq!(of(text("0123456789abcdef\0"), &any), Err(Misfit::NulCharacter));
    assert_eq!(
        of(Cell::Text(b"caf\xe9 au lait, s'il vous plait"), &any),
        Err(Misfit::InvalidUtf8)
    );
    assert_eq!(of(Cell::Text(b"\xed\xa0\x80"), &any), Err(Misfit::InvalidUtf8));
    assert_eq!(of(text(""), &any), Ok(Vec::new()), "the empty text is not NULL");
    let three = plain(TargetType::VarChar(3));
    assert_eq!(of(text("äöü"), &three), Ok("äöü".as_bytes().to_vec()));
    assert_eq!(of(text("äöüx"), &three), Err(Misfit::TooLong));
    assert_eq!(
        of(text("abc "), &three),
        Err(Misfit::TooLong),
        "the server would cut the space"
    );
    let other = plain(TargetType::TextLike("mood".to_owned()));
    assert_eq!(of(text("sad"), &other), Ok(b"sad".to_vec()));
}

#[test]
fn another_storage_class_is_taken_only_where_that_is_said() {
    let number = Cell::Integer(-7);
    assert_eq!(value(number, &plain(TargetType::Text)), Err(Misfit::WrongClass));
    assert_eq!(value(number, &taking(TargetType::Text)), Ok(b"-7".to_vec()));
    assert_eq!(
        value(Cell::Real(1.0), &taking(TargetType::Text)),
        Ok(b"1.0".to_vec())
    );
    assert_eq!(
        value(Cell::Blob(b"x"), &plain(TargetType::Text)),
        Err(Misfit::WrongClass)
    );
    assert_eq!(
        value(Cell::Blob(b"x"), &taking(TargetType::Text)),
        Ok(b"x".to_vec())
    );
    assert_eq!(
        value(Cell::Blob(b"\xff"), &taking(TargetType::Text)),
        Err(Misfit::InvalidUtf8)
    );
    assert_eq!(
        value(text("a\0"), &plain(TargetType::Bytea)),
        Err(Misfit::WrongClass)
    );
    assert_eq!(
        value(text("a\0"), &taking(TargetType::Bytea)),
        Ok(b"a\0".to_vec())
    );
    assert_eq!(value(number, &taking(TargetType::Bytea)), Err(Misfit::WrongClass));
}

#[test]
fn uuids_are_read_in_three_forms() {
    let bytes: Vec<u8> = (0..16).map(|byte| byte * 0x11).collect();
    let uuid = plain(TargetType::Uuid);
    for cell in [
        text("00112233-4455-6677-8899-aabbccddeeff"),
        text("00112233445566778899AABBCCDDEEFF"),
        Cell::Blob(&bytes),
    ] {
        assert_eq!(value(cell, &uuid), Ok(bytes.clone()));
    }
    for written in [
        "",
        "00112233-4455-6677-8899-aabbccddeef",
        "0011223344-55-6677-8899-aabbccddeeff",
        "{0112233-4455-6677-8899-aabbccddeeff",
        "g0112233445566778899aabbccddeeff",
    ] {
        assert_eq!(value(text(written), &uuid), Err(Misfit::NotAValue), "{written}");
    }
    assert_eq!(value(Cell::Blob(&bytes[1..]), &uuid), Err(Misfit::NotAValue));
}

#[test]
fn json_is_what_the_server_takes() {
    let (json, jsonb) = (plain(TargetType::Json), plain(TargetType::JsonB));
    for written in [
        "null",
        " [1, 2.5e-3 ,\"\\u00e9\\n\"]\t",
        "{}",
        "{\"a\":{\"a\":[]}}",
        "-0",
        "\"\\ud83d\\ude00\"",
    ] {
        assert_eq!(value(text(written), &json), Ok(written.as_bytes().to_vec()));
        let mut expected = vec![1];
        expected.extend_from_slice(written.as_bytes());
        assert_eq!(value(text(written), &jsonb), Ok(expected), "{written}");
    }
    for written in [
        "",
        "nul",
        "truex",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "'a'",
        "{a:1}",
        "{\"a\"}",
        "[1,]",
        "{\"a\":1,}",
        "[1] x",
        "\"a",
        "\"\t\"",
        "\"\\x\"",
        "\"\\u12\"",
        "NaN",
        "{1:2}",
        "[",
        "// c\n1",
    ] {
        assert_eq!(value(text(written), &json), Err(Misfit::NotAValue), "{written:?}");
        assert_eq!(
            value(text(written), &jsonb),
            Err(Misfit::NotAValue),
            "{written:?}"
        );
    }
    for (written, why) in [
        ("\"\\u0000\"", Misfit::NulCharacter),
        ("[\"\\ud800\"]", Misfit::NotAValue),
        ("[\"\\ud800\\u0041\"]", Misfit::NotAValue),
        ("{\"\\udc00\":1}", Misfit::NotAValue),
        ("1e200000", Misfit::OutOfRange),
        ("1e-16384", Misfit::OutOfRange),
    ] {
        assert!(value(text(written), &json).is_ok(), "`json` keeps {written}");
        assert_eq!(value(text(written), &jsonb), Err(why), "{written}");
    }
    let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
    assert!(value(text(&deep(1000)), &jsonb).is_ok());
    assert_eq!(value(text(&deep(1001)), &jsonb), Err(Misfit::TooLarge));
    assert_eq!(value(Cell::Integer(12), &json), Ok(b"12".to_vec()));
    assert_eq!(value(Cell::Real(1.5), &json), Ok(b"1.5".to_vec()));
    assert_eq!(value(Cell::Real(f64::INFINITY), &json), Err(Misfit::Infinite));
    assert_eq!(value(Cell::Blob(b"{}"), &json), Err(Misfit::WrongClass));
    assert_eq!(
        value(Cell::Blob(b"{}"), &taking(TargetType::Json)),
        Ok(b"{}".to_vec())
    );
}

#[test]
fn addresses_are_whole() {
    let inet = plain(TargetType::Inet);
    assert_eq!(
        value(text("10.1.2.3/8"), &inet),
        Ok(vec![2, 8, 0, 4, 10, 1, 2, 3])
    );
    assert_eq!(value(text("::1"), &inet).unwrap()[..4], [3, 128, 0, 16]);
    for written in [
        "",
        "10.1",
        "10.0.0.1/33",
        "10.0.0.1/",
        "10.0.0.1/+8",
        "::1/129",
        "host",
    ] {
        assert_eq!(value(text(written), &inet), Err(Misfit::NotAValue), "{written}");
    }
}

#[test]
fn long_cells_are_checked_as_whole_ones_are() {
    let check = |class, encoding: &Encoding, pieces: &[&[u8]]| {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        let mut check = LongCheck::new(class, encoding, length)?;
        for piece in pieces {
            check.piece(piece)?;
        }
        check.finish()
    };
    let any = plain(TargetType::Text);
    let is_text = StorageClass::Text;
    assert_eq!(check(is_text, &any, &[b"caf\xc3", b"\xa9"]), Ok(()));
    assert_eq!(
        check(is_text, &any, &[b"\xf0", b"\x9f", b"\x98", b"\x80!"]),
        Ok(())
    );
    assert_eq!(check(is_text, &any, &[b"caf\xc3"]), Err(Misfit::InvalidUtf8));
    assert_eq!(
        check(is_text, &any, &[b"caf\xc3", b"\x28"]),
        Err(Misfit::InvalidUtf8)
    );
    assert_eq!(check(is_text, &any, &[b"a", b"\0"]), Err(Misfit::NulCharacter));
    assert_eq!(
        check(
            is_text,
            &plain(TargetType::VarChar(3)),
            &["äö".as_bytes(), "üx".as_bytes()]
        ),
        Err(Misfit::TooLong)
    );
    assert_eq!(check(StorageClass::Blob, &any, &[b"a"]), Err(Misfit::WrongClass));
    assert_eq!(
        check(StorageClass::Blob, &plain(TargetType::Bytea), &[b"\0\xff"]),
        Ok(())
    );
    assert_eq!(check(is_text, &taking(TargetType::Bytea), &[b"\0\xff"]), Ok(()));
    assert!(LongCheck::new(is_text, &any, 1 << 30).is_err());
    assert!(!streams(&TargetType::JsonB) && streams(&TargetType::Bytea));
}

proptest! {
    #[test]
    fn pieces_are_judged_as_the_whole(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            any::<String>().prop_map(String::into_bytes),
        ],
        cut in 1_usize..8,
    ) {
        let any = plain(TargetType::Text);
        let whole = value(Cell::Text(&bytes), &any).map(drop);
        let mut check = LongCheck::new(StorageClass::Text, &any, bytes.len() as u64).unwrap();
        let pieces = bytes.chunks(cut).try_for_each(|piece| check.piece(piece)).and_then(|()| check.finish());
        prop_assert_eq!(whole.is_ok(), pieces.is_ok());
        prop_assert_eq!(whole.is_ok(), std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains('\0')));
    }

    #[test]
    fn doubles_as_text_read_back_the_same(number in any::<f64>().prop_filter("never NaN", |number| !number.is_nan())) {
        let written = real_text(number);
        prop_assert_eq!(written.to_ascii_lowercase().parse::<f64>().unwrap().to_bits(), number.to_bits());
        prop_assert!(written.contains(['.', 'I']), "it is seen to be a double: {}", written);
    }
}
