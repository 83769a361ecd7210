//! Prints the tables of the protocol as Markdown: `rules` (who may sign what) or `registry` (the
//! closed lists). `cargo xtask docs` writes them into `docs/generated`.

use std::fmt::Write as _;

use treehouse_protocol::chain::LinkType;
use treehouse_protocol::chain::body::FreezeReason;
use treehouse_protocol::chain::rules::{RULES, Scope};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::{Anchor, Category, Coded, GranteeKind, Method, Purpose, Role};

const WRITTEN_BY: &str = "Written by `cargo xtask docs`; do not edit.\n";

fn main() {
    let asked = std::env::args().nth(1).unwrap_or_default();
    let page = match asked.as_str() {
        "rules" => rules(),
        "registry" => registry(),
        _ => "usage: tables rules|registry\n".to_owned(),
    };
    print!("{page}");
}

fn rules() -> String {
    let mut page = format!(
        "# Who may sign what\n\n{WRITTEN_BY}\n\
         *Whatever reduces access may be authorised by weak evidence (an account sign-in, a court, \
         the operator), and then the server signs it. Whatever widens access needs a signature of \
         a guardian.*\n\n\
         A cell tells how far a signer's say reaches: **–** not at all · **itself** · **own \
         children** the children that it decides for, and itself · **family** everybody but the \
         promoted · **all** everybody. Owners decide for every child that wasn't promoted, carers for those in \
         their care, teens for themselves.\n\n\
         | link | effect | owner | carer | teen | device | server | why |\n\
         |---|---|---|---|---|---|---|---|\n"
    );
    for rule in &RULES {
        let [owner, carer, teen, device, server] = rule.scopes.map(Scope::word);
        let (link, effect, why) = (rule.link.word(), rule.effect.word(), rule.why);
        // Writing to a String can't fail.
        let _ = writeln!(
            page,
            "| {link} | {effect} | {owner} | {carer} | {teen} | {device} | {server} | {why} |"
        );
    }
    page
}

fn registry() -> String {
    let mut page = format!("# Codes\n\n{WRITTEN_BY}");
    list::<LinkType>(&mut page, "Types of link");
    list::<Suite>(&mut page, "Suites");
    list::<Category>(&mut page, "Categories");
    list::<Purpose>(&mut page, "Purposes");
    page.push_str(
        "\nWho may be granted anything for a purpose:\n\n| purpose | grantees |\n|---|---|\n",
    );
    for (purpose, _, word) in Purpose::ALL {
        let grantees: Vec<_> = purpose.grantees().iter().map(|kind| kind.word()).collect();
        let _ = writeln!(page, "| {word} | {} |", grantees.join(", "));
    }
    list::<GranteeKind>(&mut page, "Kinds of grantee");
    list::<Role>(&mut page, "Roles of guardians");
    list::<Method>(&mut page, "Ways to verify an adult");
    list::<Anchor>(&mut page, "Ways back to a guardian's keys");
    list::<FreezeReason>(&mut page, "Reasons to freeze");
    page
}

fn list<C: Coded>(page: &mut String, title: &str) {
    let _ = write!(page, "\n## {title}\n\n| code | word |\n|---|---|\n");
    for (_, code, word) in C::ALL {
        let _ = writeln!(page, "| {code} | {word} |");
    }
}
