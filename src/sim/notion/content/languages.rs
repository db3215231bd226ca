//! The languages code may have: a closed list, with the short names the markdown endpoints rewrite.

/// What code without a known language is.
pub(super) const PLAIN: &str = "plain text";

const KNOWN: &str = "abap|agda|arduino|ascii art|assembly|bash|basic|bnf|c|c#|c++|clojure|coffeescript|coq|css|dart|\
dhall|diff|docker|ebnf|elixir|elm|erlang|f#|flow|fortran|gherkin|glsl|go|graphql|groovy|haskell|hcl|html|idris|java|\
javascript|json|julia|kotlin|latex|less|lisp|livescript|llvm ir|lua|makefile|markdown|markup|matlab|mathematica|\
mermaid|nix|notion formula|objective-c|ocaml|pascal|perl|php|plain text|powershell|prolog|protobuf|purescript|python|r|\
racket|reason|ruby|rust|sass|scala|scheme|scss|shell|smalltalk|solidity|sql|swift|toml|typescript|vb.net|verilog|vhdl|\
visual basic|webassembly|xml|yaml|java/c/c++/c#";

const ALIASES: [(&str, &str); 27] = [
    ("cpp", "c++"),
    ("cs", "c#"),
    ("csharp", "c#"),
    ("dockerfile", "docker"),
    ("golang", "go"),
    ("hs", "haskell"),
    ("js", "javascript"),
    ("jsx", "javascript"),
    ("kt", "kotlin"),
    ("make", "makefile"),
    ("md", "markdown"),
    ("objc", "objective-c"),
    ("plaintext", PLAIN),
    ("proto", "protobuf"),
    ("ps1", "powershell"),
    ("py", "python"),
    ("rb", "ruby"),
    ("rs", "rust"),
    ("sh", "shell"),
    ("terraform", "hcl"),
    ("tex", "latex"),
    ("text", PLAIN),
    ("ts", "typescript"),
    ("tsx", "typescript"),
    ("txt", PLAIN),
    ("yml", "yaml"),
    ("zsh", "shell"),
];

/// The name Notion keeps for what a fence says.
pub(super) fn canonical(info: &str) -> &'static str {
    let wanted = info.trim().to_lowercase();
    let known = |wanted: &str| KNOWN.split('|').find(|name| *name == wanted);
    let alias =
        |wanted: &str| ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, name)| *name);
    let first = wanted.split_whitespace().next().unwrap_or_default();
    known(&wanted).or_else(|| alias(first)).or_else(|| known(first)).unwrap_or(PLAIN)
}
