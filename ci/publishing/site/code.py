"""Code, highlighted by Pygments, without the marks that make up most of it and colour nothing."""

from pygments.formatters import HtmlFormatter
from pygments.token import Token, _TokenType
from sphinx.highlighting import PygmentsBridge

# In the colour of the text around them: names that say nothing more, brackets, commas and spaces.
PLAIN = {Token.Name, Token.Punctuation, Token.Text.Whitespace}


class LightFormatter(HtmlFormatter[str]):
    """Pygments' formatter, which marks each token: two fifths of a page would be marks."""

    def _get_css_class(self, token: _TokenType) -> str:
        return "" if token in PLAIN else str(super()._get_css_class(token))


def setup_code() -> None:
    """Have Sphinx write code with it."""
    PygmentsBridge.html_formatter = LightFormatter
