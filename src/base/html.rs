//! A page that stands alone: of a report that is shown, sent and printed.

use crate::text::Catalogue;

/// What has a meaning in HTML, written so that it has none.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "\
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #30363d); --good: light-dark(#1a7f37, #4ac26b);
  --todo: light-dark(#6e7781, #9198a1); --ink: light-dark(#1f2328, #e6edf3); --paper: light-dark(#fff, #0d1117); }
body { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif; }
:lang(ko) { word-break: keep-all; }
h1 { margin-block: 0 1rem; line-height: 1.2; } h2 { margin-block: 2rem 0.5rem; font-size: 1.25rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0.75rem; padding: 0; list-style: none; }
.figures li { padding: 0.6rem 0.8rem; border: 1px solid var(--line); border-radius: 8px; }
.figures strong { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.bar { display: flex; height: 1.25rem; margin-block-end: 0.5rem; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
.bar span { background: var(--good); print-color-adjust: exact; }
.wide, pre { overflow-x: auto; } body > table { display: block; overflow-x: auto; }
figure { margin: 1rem 0; --plot-ink: var(--ink); --plot-paper: var(--paper); }
table { border-collapse: collapse; width: 100%; } th, td { padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--line);
  text-align: start; vertical-align: top; } th { font-weight: 600; } td.number { white-space: nowrap; } .number { text-align: end;
  font-variant-numeric: tabular-nums; }
.passed { color: var(--good); font-weight: 600; } .todo, small { color: var(--todo); } small { display: block; font-size: 0.85rem; }
.first { padding: 0.8rem 1rem; border-inline-start: 4px solid var(--good); }
@media print { :root { color-scheme: light; } body { padding: 0; max-width: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } }";

/// A page that needs nothing else, and is allowed nothing else: no script, no file, no network.
pub fn document(title: &str, body: &str, text: &Catalogue) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
         <style>\n{STYLE}\n</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        text.lang(),
        escape(title)
    )
}
