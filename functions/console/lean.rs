//! Leaves out what means nothing to a browser: about a third of the console's files.
//!
//! Relies on comments having lines of their own, on no string spanning lines, and on no statement being empty.

/// Operators of scripts, which need no space around them.
const OPERATORS: [&str; 16] =
    ["=>", "===", "!==", "&&", "||", "??", "<=", ">=", "?", ":", "=", "+", "*", "/", "<", ">"];

/// Punctuation of scripts and style sheets that needs no space beside it.
const PUNCTUATION: [(&str, &str); 5] = [("{ ", "{"), (" }", "}"), (": ", ":"), ("; ", ";"), (", ", ",")];

/// The same of one of them only.
const OF_SCRIPTS: [(&str, &str); 16] = [
    (") {", "){"),
    ("if (", "if("),
    ("for (", "for("),
    ("while (", "while("),
    ("switch (", "switch("),
    ("catch (", "catch("),
    ("return (", "return("),
    ("return [", "return["),
    ("return {", "return{"),
    ("async (", "async("),
    ("} else", "}else"),
    ("else {", "else{"),
    ("} catch", "}catch"),
    ("} finally", "}finally"),
    ("finally {", "finally{"),
    ("try {", "try{"),
];
const OF_STYLES: [(&str, &str); 3] = [(" {", "{"), (";}", "}"), (" > ", ">")];

/// A file without comment lines, indentation, and spaces and line breaks that mean nothing.
pub(super) fn lean(extension: &str, source: &str) -> String {
    match extension {
        "js" => joined(&lines(source).map(tight).collect::<Vec<_>>()),
        "css" => lines(source).map(|line| replaced(line, &[&PUNCTUATION[..], &OF_STYLES].concat())).collect(),
        _ => source.to_owned(),
    }
}

/// The lines that are neither empty nor comments.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    source.lines().map(str::trim).filter(move |line| {
        let begins = line.starts_with("/*");
        let is_comment = inside || begins || line.starts_with("//");
        inside = (inside || begins) && !line.ends_with("*/");
        !is_comment && !line.is_empty()
    })
}

/// A line of a script.
struct Line {
    text: String,
    /// Whether it is certain what is a text in it.
    is_certain: bool,
}

fn tight(line: &str) -> Line {
    let Some(parts) = parts(line) else { return Line { text: line.to_owned(), is_certain: false } };
    let tight = parts.iter().enumerate().map(|(index, part)| match index % 2 {
        0 => code(part),
        _ => (*part).to_owned(),
    });
    Line { text: tight.collect(), is_certain: true }
}

/// Code and texts of a line in turn, beginning with code. `None` if it has a regular expression, a comment or a template within
/// a template.
fn parts(line: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some(start) = rest.find(['\'', '"', '`']) {
        let (code, text) = rest.split_at(start);
        let (text, after) = text.split_at(text_length(text)?);
        parts.extend([code, text]);
        rest = after;
    }
    parts.push(rest);
    let is_certain = parts.iter().step_by(2).all(|code| !code.replace(" / ", "").contains('/'));
    is_certain.then_some(parts)
}

/// The bytes of the text that the line begins with, with its quotation marks.
fn text_length(line: &str) -> Option<usize> {
    let mut characters = line.char_indices();
    let (_, mark) = characters.next()?;
    // Braces that are open in a template's placeholder.
    let mut depth = 0_usize;
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '{' if mark == '`' && (depth > 0 || line[..at].ends_with('$')) => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '`' if depth > 0 => return None,
            _ if character == mark && depth == 0 => return Some(at + character.len_utf8()),
            _ => {}
        }
    }
    None
}

fn code(code: &str) -> String {
    let spaced = OPERATORS.iter().map(|operator| (format!(" {operator} "), *operator));
    let code = spaced.fold(code.to_owned(), |code, (loose, tight)| code.replace(&loose, tight));
    replaced(&with_bare_parameters(&code), &[&PUNCTUATION[..], &OF_SCRIPTS].concat())
}

/// Without the parentheses around the only parameter of an arrow function.
fn with_bare_parameters(code: &str) -> String {
    const END: &str = ")=>";
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
    };
    let mut bare = String::with_capacity(code.len());
    let mut rest = code;
    while let Some((before, after)) = rest.split_once(END) {
        match before.rsplit_once('(').filter(|(_, name)| is_name(name)) {
            Some((before, name)) => bare.extend([before, name, "=>"]),
            None => bare.extend([before, END]),
        }
        rest = after;
    }
    bare + rest
}

/// Joins lines where the line break, or what stands before it, means nothing.
fn joined(lines: &[Line]) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let next = lines.get(index + 1).map_or("", |next| next.text.as_str());
        let (line, is_certain) = (line.text.as_str(), line.is_certain);
        let is_last = match next.chars().next() {
            Some('}') => line.ends_with([';', ',']),
            Some(')' | ']') => line.ends_with(','),
            _ => false,
        };
        text.push_str(if is_certain && is_last { &line[..line.len() - 1] } else { line });
        let goes_on = line.ends_with([',', ';', '{', '(', '['])
            || ["=>", "&&", "||"].iter().any(|operator| line.ends_with(operator))
            || next.starts_with([')', ']', '}', '.', '?', ':', '&', '|']);
        if !(is_certain && goes_on) {
            text.push('\n');
        }
    }
    text
}

fn replaced(text: &str, all: &[(&str, &str)]) -> String {
    all.iter().fold(text.to_owned(), |text, (loose, tight)| text.replace(loose, tight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_are_removed() {
        let source =
            "// one\n\n/**\n * two\n */\nconst a = 'x // y';\n  /** three */\n  b(); // four\n/* five */\n";
        assert_eq!(lean("js", source), "const a='x // y';b(); // four\n");
        assert_eq!(
            lean("css", "a, b { color: red; }\n/* c */\n  d { x: calc(1px - 2px); }\n"),
            "a,b{color:red}d{x:calc(1px - 2px)}"
        );
    }

    #[test]
    fn texts_stay_as_they_are() {
        for (source, expected) in [
            (
                "f('d, e : f', `${g(a, { b })} = h`, \"i ? j\");",
                "f('d, e : f',`${g(a, { b })} = h`,\"i ? j\");",
            ),
            (r"f('it\'s, a', b);", r"f('it\'s, a',b);"),
            ("const a = b / c;", "const a=b/c;"),
            // Where it is not certain what is a text.
            ("a = b.replace(/ , '/g, c);", "a = b.replace(/ , '/g, c);\n"),
            ("a = `${b ? `${c}, d` : e}`;", "a = `${b ? `${c}, d` : e}`;\n"),
        ] {
            assert_eq!(lean("js", source), expected);
        }
    }

    #[test]
    fn scripts_lose_what_means_nothing() {
        let source =
            "const a = (b, { c }) => {\n  if (b) return [c];\n  return b ? 'x' : c.map((d) => d);\n};\n";
        assert_eq!(lean("js", source), "const a=(b,{c})=>{if(b) return[c];return b?'x':c.map(d=>d)};");
        assert_eq!(lean("js", "f(a,\n  [\n    b,\n    c,\n  ],\n);\ng\n  .h()\n"), "f(a,[b,c]);g.h()\n");
        assert_eq!(
            lean("js", "return (a) => (b, c) => async (d) => e(f(g)) || ((h) => i);"),
            "return a=>(b,c)=>async d=>e(f(g))||(h=>i);"
        );
    }
}
