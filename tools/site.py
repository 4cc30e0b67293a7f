"""Hooks of the documentation site (mkdocs.yml).

Pages outside of `docs/` become pages of the site. Links between pages are those of the repository; here they become
links of the site, and links to code become text. Each page is there as Markdown, too, and `llms.txt` lists all of them.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

from tools.release import MAIN, project

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    ".github/SECURITY.md": "security.md",
    ".github/CODE_OF_CONDUCT.md": "conduct.md",
    "integrations/dbt/README.md": "dbt.md",
    "sandbox/docs/reference.md": "sandbox/reference.md",
    "sandbox/docs/fidelity.md": "sandbox/fidelity.md",
    "sandbox/docs/move-to-v3.md": "sandbox/move-to-v3.md",
    "sandbox/docs/official-client.md": "sandbox/official-client.md",
}
"""Pages outside of `docs/` by their path in the repository, with their place in the site."""
INSTEAD = {
    "README.md": "index.md",
    "sandbox/README.md": "sandbox.md",
    "docs/decisions": "decisions/0001-sliding-window.md",
}
"""Pages that the site has in place of others."""

_LINK = re.compile(r"(?<!!)\[((?:[^\]\\]|\\.)*)\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
_COMMENT = re.compile(r"^ *<!-- (?:no-test|table|example|end)\b.*?-->\n?", re.MULTILINE)
_PICTURE = re.compile(r'<picture><source [^>]*srcset="([^"]+)"><img src="([^"]+)" alt="([^"]+)"></picture>')
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.DOTALL | re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write the list of decisions into the navigation, and the repository's address, if the packages have one."""
    decisions = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))
    for section in config.nav or ():
        for entries in section.values() if isinstance(section, dict) else ():
            for entry in entries:
                if isinstance(entry, dict) and entry.get("Decisions") == "decisions":
                    entry["Decisions"] = [f"decisions/{name}" for name in decisions]
    config.repo_url = project(MAIN).get("urls", {}).get("Repository")
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are elsewhere in the repository."""
    for source, place in ELSEWHERE.items():
        files.append(File.generated(config, place, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page into links of the site, and leave out marks for tests."""
    of_site = {f"docs/{file.src_uri}": file.src_uri for file in files} | ELSEWHERE
    source = {place: path for path, place in ELSEWHERE.items()}.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def linked(found: re.Match[str]) -> str:
        text, target, heading = found[1], found[2], found[3] or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        place = INSTEAD.get(path) or of_site.get(path)
        if place:
            return f"[{text}]({posixpath.relpath(place, posixpath.dirname(page.file.src_uri) or '.')}{heading})"
        if config.repo_url:
            return f"[{text}]({config.repo_url}/blob/main/{path})"
        return text if "`" in text else f"`{path}`" if text == path else f"{text} (`{path}`)"

    parts = _FENCED.split(_COMMENT.sub("", markdown))
    text = "".join(part if part.lstrip().startswith("```") else _LINK.sub(linked, part) for part in parts)
    return _PICTURE.sub(r"![\3](\2#only-light) ![\3](\1#only-dark)", text)


def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_more: Any) -> dict[str, Any]:
    """Write the page as Markdown beside its HTML."""
    path = Path(config.site_dir, page.file.src_uri)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.markdown or "", encoding="utf-8")
    _pages[page.file.src_uri] = (str(page.title), _summary(page.markdown or ""))
    return context


def on_post_page(output: str, **_more: Any) -> str:
    """Name the search for screen readers, which the theme does not."""
    dialog = 'data-md-component="search" role="dialog"'
    return output.replace(dialog, f'{dialog} aria-label="Search"')


_pages: dict[str, tuple[str, str]] = {}


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write llms.txt: what the project is, and every page with its first sentence."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", "", "## Pages", ""]
    lines += [f"- [{title}]({place}): {summary}" for place, (title, summary) in sorted(_pages.items())]
    Path(config.site_dir, "llms.txt").write_text("\n".join(lines) + os.linesep, encoding="utf-8")


def _summary(markdown: str) -> str:
    """Return the first paragraph of a page in one line."""
    paragraphs = (each.strip() for each in markdown.split("\n\n"))
    first = next((each for each in paragraphs if each and each[0] not in "#<|->" and not each.startswith("```")), "")
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(first.split()))
