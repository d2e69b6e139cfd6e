"""{% modules "js/first.js" "js/editor.js" %}: a page's scripts, and beforehand all that they import."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from webapp.modules import modules_of

register = template.Library()


@register.simple_tag
def modules(*entries: str) -> SafeString:
    """Named one by one, modules are asked for at once; else only when whoever imports them has come and was read."""
    paths = modules_of(settings.STATICFILES_DIRS[0], *entries)
    preloads = format_html_join("", '<link rel="modulepreload" href="{}">\n', ([static(path)] for path in paths))
    return preloads + format_html_join("\n", '<script type="module" src="{}"></script>', ([static(e)] for e in entries))
