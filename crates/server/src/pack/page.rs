//! The pack as one page for people. It has no script, and loads nothing.

use std::fmt::Write as _;

use super::rows::{Shown, summary};
use super::{Collected, date, file_of, kinds, moment};
use crate::notice::{STYLE, escaped};

/// What the notices' style lacks: tables, and what failed.
const TABLES: &str = "table{border-collapse:collapse;width:100%;font-size:.9rem}\
    th,td{text-align:left;vertical-align:top;padding:.35rem .5rem;border-bottom:1px solid var(--line)}\
    header,main,footer{max-width:72rem}.scroll{overflow-x:auto}.bad{font-weight:700}";

/// The page.
pub(super) fn html(found: &Collected, rows: &[Shown]) -> String {
    let title = escaped(&format!("Evidence of {}", found.deployment));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}{TABLES}</style>\n</head>\n<body>\n<header>\n\
         <h1>{title}</h1>\n<p>{}, {} to {}. Made {} by Treehouse {}.</p>\n</header>\n<main>\n",
        escaped(found.operator.name()),
        date(found.period.from),
        date(found.period.to),
        moment(found.made),
        escaped(found.program),
    );
    overview(&mut page, rows);
    let mut section = String::new();
    for row in rows {
        if row.section != section {
            if !section.is_empty() {
                page.push_str("</tbody></table></div></section>\n");
            }
            section.clone_from(&row.section);
            begin(&mut page, &section, &["row", "asks", "clause", "met by", "tests", "log"]);
        }
        demand(&mut page, row);
    }
    if !section.is_empty() {
        page.push_str("</tbody></table></div></section>\n");
    }
    published(&mut page, found);
    log(&mut page, found);
    staff(&mut page, found);
    incidents(&mut page, found);
    page.push_str(
        "</main>\n<footer><p>index.txt says how to check every file. A demand without a test that \
         can be run says so. This is no legal advice.</p></footer>\n</body>\n</html>\n",
    );
    page
}

fn overview(page: &mut String, rows: &[Shown]) {
    begin(page, "Overview", &["what", "how many"]);
    for (what, count) in summary(rows) {
        line(page, &[what.to_owned(), count.to_string()]);
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn demand(page: &mut String, row: &Shown) {
    let tests = row.tests.iter().map(|test| {
        let result = test.result.unwrap_or("no results given");
        let class = if result == "failed" { " class=\"bad\"" } else { "" };
        format!("<li{class}><code>{}</code>: {}</li>", escaped(&test.name), escaped(result))
    });
    let tests = tests.collect::<String>();
    let tests = if tests.is_empty() { tests } else { format!("<ul>{tests}</ul>") };
    let log = row.log.iter().map(|(kind, count)| format!("{count} {kind}"));
    let log = log.collect::<Vec<_>>().join(", ");
    // Writing to a string can't fail.
    let _ = writeln!(
        page,
        "<tr id=\"{id}\"><td>{id}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{tests}</td><td>{}</td></tr>",
        escaped(&row.asks),
        escaped(&row.clause),
        escaped(row.control.as_deref().unwrap_or_default()),
        escaped(&row.verdict),
        escaped(&log),
        id = escaped(&row.id),
    );
}

fn published(page: &mut String, found: &Collected) {
    let head = ["what", "version", "when", "SHA-256", "entry of the log", "file"];
    begin(page, "Notices and registers that were published", &head);
    for each in &found.publications {
        let place = each.place.map_or_else(|| "waits".to_owned(), |place| place.to_string());
        let (kind, version) = (each.kind.to_owned(), each.version.to_string());
        line(page, &[kind, version, moment(each.at), each.hash.to_string(), place, file_of(each)]);
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn log(page: &mut String, found: &Collected) {
    begin(page, "The log in this period", &["kind of entry", "how many"]);
    for (kind, count) in kinds(&found.log.counts) {
        line(page, &[kind.to_owned(), count.to_string()]);
    }
    let _ = writeln!(
        page,
        "</tbody></table></div><p>{} entries under the checkpoint; the log's key is \
         <code>{}</code>.</p></section>",
        found.log.size,
        escaped(&found.log.key)
    );
}

fn staff(page: &mut String, found: &Collected) {
    begin(page, "What stewards did", &["when", "who", "what"]);
    for acted in &found.acts {
        line(page, &[moment(acted.at), acted.by.clone(), acted.act.word().to_owned()]);
    }
    page.push_str("</tbody></table></div></section>\n");
    begin(page, "States of the database that were put back", &["when", "entries it lacked"]);
    for (day, lacked) in &found.restores {
        line(page, &[date(*day), lacked.to_string()]);
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn incidents(page: &mut String, found: &Collected) {
    begin(page, "Alarms", &["when", "which"]);
    for (at, word) in &found.alarms {
        line(page, &[moment(*at), word.clone()]);
    }
    page.push_str("</tbody></table></div></section>\n");
    begin(page, "Complaints that came", &["state", "how many"]);
    for (state, count) in &found.complaints {
        line(page, &[(*state).to_owned(), count.to_string()]);
    }
    page.push_str("</tbody></table></div></section>\n");
}

fn begin(page: &mut String, title: &str, head: &[&str]) {
    let head = head.iter().map(|name| format!("<th scope=\"col\">{}</th>", escaped(name)));
    let head = head.collect::<String>();
    let _ = writeln!(
        page,
        "<section><h2>{}</h2><div class=\"scroll\"><table><thead><tr>{head}</tr></thead><tbody>",
        escaped(title)
    );
}

fn line(page: &mut String, cells: &[String]) {
    let cells = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell)));
    let _ = writeln!(page, "<tr>{}</tr>", cells.collect::<String>());
}
