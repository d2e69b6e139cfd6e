"""{% module "js/editor.js" %}: a page's script, and beforehand all that it imports."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from webapp.modules import modules_of

register = template.Library()


@register.simple_tag
def module(entry: str) -> SafeString:
    """Named one by one, modules are asked for at once; else only when whoever imports them has come and was read."""
    _, *imported = modules_of(settings.STATICFILES_DIRS[0], entry)
    preloads = format_html_join("", '<link rel="modulepreload" href="{}">\n', ([static(path)] for path in imported))
    return format_html('{}<script type="module" src="{}"></script>', preloads, static(entry))
