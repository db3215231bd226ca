//! The languages of code blocks, by Notion's names (notion-api §6.1).

/// What code without a language has.
pub(super) const PLAIN: &str = "plain text";

/// Notion's names that are not found by another spelling.
const NAMES: &[&str] = &[
    "abap",
    "agda",
    "arduino",
    "ascii art",
    "assembly",
    "bash",
    "basic",
    "bnf",
    "c",
    "c#",
    "c++",
    "clojure",
    "coffeescript",
    "coq",
    "css",
    "dart",
    "dhall",
    "diff",
    "docker",
    "ebnf",
    "elixir",
    "elm",
    "erlang",
    "f#",
    "flow",
    "fortran",
    "gherkin",
    "glsl",
    "go",
    "graphql",
    "groovy",
    "haskell",
    "hcl",
    "html",
    "idris",
    "java",
    "java/c/c++/c#",
    "javascript",
    "json",
    "julia",
    "kotlin",
    "latex",
    "less",
    "lisp",
    "livescript",
    "llvm ir",
    "lua",
    "makefile",
    "markdown",
    "markup",
    "matlab",
    "mathematica",
    "mermaid",
    "nix",
    "notion formula",
    "objective-c",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "plain text",
    "powershell",
    "prolog",
    "protobuf",
    "purescript",
    "python",
    "r",
    "racket",
    "reason",
    "ruby",
    "rust",
    "sass",
    "scala",
    "scheme",
    "scss",
    "shell",
    "smalltalk",
    "solidity",
    "sql",
    "swift",
    "toml",
    "typescript",
    "vb.net",
    "verilog",
    "vhdl",
    "visual basic",
    "webassembly",
    "xml",
    "yaml",
];

/// What people write, and the name it has in Notion.
const ALIASES: &[(&str, &str)] = &[
    ("asm", "assembly"),
    ("bat", "powershell"),
    ("cc", "c++"),
    ("clj", "clojure"),
    ("coffee", "coffeescript"),
    ("cpp", "c++"),
    ("cs", "c#"),
    ("csharp", "c#"),
    ("docker-compose", "yaml"),
    ("dockerfile", "docker"),
    ("erl", "erlang"),
    ("ex", "elixir"),
    ("exs", "elixir"),
    ("fs", "f#"),
    ("fsharp", "f#"),
    ("golang", "go"),
    ("gql", "graphql"),
    ("h", "c"),
    ("hpp", "c++"),
    ("hs", "haskell"),
    ("htm", "html"),
    ("ipython", "python"),
    ("js", "javascript"),
    ("json5", "json"),
    ("jsonc", "json"),
    ("jsx", "javascript"),
    ("kt", "kotlin"),
    ("make", "makefile"),
    ("md", "markdown"),
    ("ml", "ocaml"),
    ("mjs", "javascript"),
    ("node", "javascript"),
    ("objc", "objective-c"),
    ("objectivec", "objective-c"),
    ("patch", "diff"),
    ("pl", "perl"),
    ("plaintext", "plain text"),
    ("plain", "plain text"),
    ("plain_text", "plain text"),
    ("proto", "protobuf"),
    ("ps1", "powershell"),
    ("py", "python"),
    ("python3", "python"),
    ("rb", "ruby"),
    ("rs", "rust"),
    ("sh", "shell"),
    ("svg", "xml"),
    ("tex", "latex"),
    ("text", "plain text"),
    ("tf", "hcl"),
    ("terraform", "hcl"),
    ("ts", "typescript"),
    ("tsx", "typescript"),
    ("txt", "plain text"),
    ("vb", "visual basic"),
    ("wasm", "webassembly"),
    ("yml", "yaml"),
    ("zsh", "shell"),
];

/// Notion's name of what stands behind a fence; [`PLAIN`] for what Notion does not know.
pub(super) fn canonical(info: &str) -> &'static str {
    let info = info.trim().to_lowercase();
    let first = info.split([' ', ',', '{', '\t']).next().unwrap_or_default();
    let named = |word: &str| NAMES.iter().find(|name| **name == word).copied();
    let alias = || ALIASES.iter().find(|(alias, _)| *alias == first).map(|(_, name)| *name);
    named(&info).or_else(|| named(first)).or_else(alias).unwrap_or(PLAIN)
}

/// What stands behind a fence of that language: nothing for plain text.
pub(super) fn info(language: &str) -> &str {
    if language == PLAIN { "" } else { language }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_capitals_and_what_follows_the_language_do_not_matter() {
        for (info, name) in [
            ("rust,ignore", "rust"),
            ("RS", "rust"),
            ("js {1,3}", "javascript"),
            ("Plain Text", "plain text"),
            ("", "plain text"),
            ("no-such", "plain text"),
            ("java/c/c++/c#", "java/c/c++/c#"),
        ] {
            assert_eq!(canonical(info), name, "{info}");
        }
    }

    #[test]
    fn every_alias_leads_to_a_name() {
        assert!(ALIASES.iter().all(|(_, name)| NAMES.contains(name)));
    }
}
