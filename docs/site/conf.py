"""Settings of Sphinx for the site; `make.py` beside this file writes the pages and runs it."""

project = "mngraph"
author = "The mngraph contributors"
copyright = "The mngraph contributors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
exclude_patterns = ["extra"]
default_role = "code"
highlight_language = "text"
suppress_warnings = ["misc.highlighting_failure"]
nitpicky = False

myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline", "attrs_block"]

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_typehints_format = "short"
add_module_names = False
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = "mngraph"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_search_summary = False  # it would fetch each page that was found, which a disk forbids
html_show_sphinx = False
html_last_updated_fmt = None
pygments_style = "default"
pygments_dark_style = "github-dark"
FONTS = {
    "font-stack": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", '
    "Arial, sans-serif",
}
html_theme_options = {
    "light_css_variables": FONTS
    | {
        "color-background-primary": "#fff",
        "color-background-secondary": "#f5f6f7",
        "color-background-border": "#d9dde1",
        "color-foreground-primary": "#1d2327",
        "color-foreground-secondary": "#565f67",
        "color-foreground-muted": "#565f67",
        "color-brand-primary": "#0a58ca",
        "color-brand-content": "#0a58ca",
        "color-brand-visited": "#0a58ca",
    },
    "dark_css_variables": {
        "color-background-primary": "#14181b",
        "color-background-secondary": "#1c2126",
        "color-background-border": "#363e45",
        "color-foreground-primary": "#e8ebed",
        "color-foreground-secondary": "#a9b2ba",
        "color-foreground-muted": "#a9b2ba",
        "color-brand-primary": "#8ab8ff",
        "color-brand-content": "#8ab8ff",
        "color-brand-visited": "#8ab8ff",
    },
}
"""The colors and type of mngraph's own pages (src/mngraph/drawing/templates/style.css)."""
