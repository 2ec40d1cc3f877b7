use super::*;

fn ids(found: &[&Requirement]) -> Vec<String> {
    found.iter().map(|row| row.id.clone()).collect()
}

#[test]
fn the_embedded_catalogue_is_whole() {
    let all = Catalogue::embedded();
    assert_eq!(all.len(), 866);
    assert_eq!(all.rfcs().len(), 44);
    let count = |rfc| all.rows().filter(|row| row.rfc == rfc).count();
    for (rfc, rows) in [(768, 9), (1122, 55), (5681, 31), (5961, 13), (6298, 20), (7323, 35), (9293, 360)] {
        assert_eq!(count(rfc), rows, "RFC {rfc}");
    }
    let applies = all.rows().filter(|row| row.applies == Applies::All).count();
    assert_eq!((applies, all.len() - applies), (466, 400));
    let seen = |observable| all.rows().filter(|row| row.observable == observable).count();
    let counts =
        [Observable::Wire, Observable::SocketApi, Observable::Internal, Observable::NotTestable].map(seen);
    assert_eq!(counts, [744, 101, 17, 4]);
}

#[test]
fn every_label_of_rfc_9293_has_a_row() {
    let all = Catalogue::embedded();
    for (label, last) in [("MUST", 69), ("SHLD", 31), ("MAY", 18), ("REC", 1)] {
        let ids = (1..=last).map(|n| format!("RFC9293:{label}-{n}"));
        let missing: Vec<String> = ids.filter(|id| all.find(id).is_empty()).collect();
        assert_eq!(missing, Vec::<String>::new(), "{label}");
    }
}

#[test]
fn a_label_without_its_letter_means_all_its_parts() {
    let all = Catalogue::embedded();
    for (asked, found) in [
        ("RFC9293:MUST-4", vec!["RFC9293:MUST-4a", "RFC9293:MUST-4b"]),
        ("RFC9293:MUST-4a", vec!["RFC9293:MUST-4a"]),
        ("RFC9293:MUST-40", vec!["RFC9293:MUST-40"]),
        ("RFC9293:MUST-", vec![]),
        ("RFC9293:MUST-0", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(ids(&all.find(asked)), found, "{asked}");
    }
}

#[test]
fn order_does_not_hang_on_the_order_of_the_files() {
    let row = |rfc: u16, name: &str| {
        format!(
            "[[requirement]]\nid = \"RFC{rfc}:{name}\"\nrfc = {rfc}\nsection = \"1\"\nlevel = \"MUST\"\n\
             area = \"ip\"\ntext = \"t\"\nobservable = \"wire\"\ncheck = \"c\"\napplies = \"all\"\n"
        )
    };
    let (late, early) = (row(9293, "b") + &row(9293, "a"), row(768, "c"));
    let read = |files: [(&str, &str); 2]| {
        let all = Catalogue::read(files.map(|(name, text)| (name.to_owned(), text))).expect("reads");
        all.rows().map(|row| row.id.clone()).collect::<Vec<_>>()
    };
    let expected = ["RFC768:c", "RFC9293:b", "RFC9293:a"];
    assert_eq!(read([("rfc9293.toml", &late), ("rfc768.toml", &early)]), expected);
    assert_eq!(read([("rfc768.toml", &early), ("rfc9293.toml", &late)]), expected);
}

#[test]
fn a_bad_file_is_named() {
    let good = "id = \"RFC768:c\"\nrfc = 768\nsection = \"1\"\nlevel = \"MUST\"\narea = \"ip\"\ntext = \"t\"\n\
                observable = \"wire\"\ncheck = \"c\"\napplies = \"all\"\n";
    let row = format!("[[requirement]]\n{good}");
    for (file, text, said) in [
        ("rfc768.toml", "[[requirement]]\nid = 3".to_owned(), "rfc768.toml does not parse"),
        ("rfc768.toml", row.replace("MUST", "OUGHT"), "rfc768.toml does not parse"),
        ("rfc768.toml", row.repeat(2), "rfc768.toml repeats the id RFC768:c"),
        ("rfc769.toml", row.clone(), "rfc769.toml holds RFC768:c, which is not of RFC 768"),
    ] {
        let error = Catalogue::read([(file.to_owned(), text.as_str())]).expect_err(said);
        assert_eq!(error.to_string(), said);
    }
}
