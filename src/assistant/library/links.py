"""Links: which address may be shown to a reader, and what in a text sells or tracks.

Goes by the words alone: nothing is fetched, nothing raises, and the time is linear in the text. Must not know of
entries, nor where in one a link stands.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from assistant.library.findings import Fault
from assistant.library.parse import is_safe_url

LINK_REMEDY = "only an https link to a named host may be shown: mend it or take it out"
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,30}://[^\s<>\"'`|)]*", re.IGNORECASE)
_SCRIPT_SCHEME = re.compile(
    r"\b(?:java|vb|live)script\s{0,3}:|\bdata:[^\s,]{0,60}(?:/|;base64)|\b(?:mailto|tel|sms|file|blob):\S",
    re.IGNORECASE,
)
_BARE_HOST = re.compile(r"(?<![\w/.@-])www\.[\w-]{1,63}\.\w{2,}", re.IGNORECASE)
_TARGET = re.compile(r"\]\(\s{0,3}<?([^)\s>]{1,200})")
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*\.?|.*:.*")


def find_bad_links(text: str) -> Iterator[Fault]:
    """Yield each link of a text, or what a browser may take for one, that is not plain https to a named host."""
    for match in _URL.finditer(text):
        if fault := link_fault(match[0].rstrip(".,;:!?]}*_")):
            yield match.start(), "error", "bad-link", f"the link {match[0][:80]!r} {fault}; {LINK_REMEDY}"
    for pattern, fault in ((_SCRIPT_SCHEME, "may run or send something"), (_BARE_HOST, "has no https://")):
        for match in pattern.finditer(text):
            yield match.start(), "error", "bad-link", f"{match[0][:80]!r} {fault}; {LINK_REMEDY}"
    for match in _TARGET.finditer(text):
        target = match[1]
        if not target.startswith("#") and "://" not in target and any(mark in target for mark in ":/\\."):
            yield match.start(), "error", "bad-link", f"the target {target[:80]!r} is not https; {LINK_REMEDY}"


def link_fault(url: str) -> str:
    """Say what is wrong with a link; an empty string when it may be shown."""
    if not url.lower().startswith("https://"):
        return "is not https"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "cannot be read"
    if "@" in parts.netloc:
        return "holds a user name"
    if _NUMERIC_HOST.fullmatch(host):
        return "names its host by a number"
    return "" if is_safe_url(url) else "has no proper host, or characters that a link may not hold"


_SHOP = re.compile(
    # A price, but not what a disease costs a country
    r"[£$€]\s?\d[\d.,]{0,15}(?!\s?(?:thousand|million|billion|trillion|bn\b|m\b|k\b)|[\d.,])|"
    r"(?<![\d.,])\d[\d.,]{0,15}\s?(?:GBP|USD|EUR)\b|"
    r"\b(?:buy|shop|order|purchase|subscribe) (?:now|today|online|here)\b|"
    r"\badd (?:it |this )?to (?:your |the )?(?:basket|cart)\b|\b(?:discount|promo(?:tional)?|voucher|coupon) codes?\b|"
    r"\bfree (?:delivery|shipping)\b|\b(?:limited[- ]time|special) offers?\b|\bmoney[- ]back guarantee\b|"
    r"\bsave \d{1,2} ?%|\b\d{1,2} ?% off\b",
    re.IGNORECASE,
)
_TRACKED = re.compile(
    r"[?&](?:utm_\w+|ref|aff|affid|affiliate\w*|tag|clickid|gclid|fbclid|partner|campaign|coupon|discount)="
    r"|://(?:www\.)?(?:shop|store|buy)\.|://[^/]*\b(?:amazon|amzn|ebay|etsy|iherb|shopify)\."
    r"|/(?:products?|shop|cart|basket|checkout|buy|dp)(?:[/?]|\Z)",
    re.IGNORECASE,
)


def find_shop_links(text: str) -> Iterator[Fault]:
    """Yield what sells: a price, an offer, a link to a shop or with a tracking mark. Meant for the body alone."""
    remedy = "no price, product or shop may stand in an answer: take it out of the body"
    for match in _SHOP.finditer(text):
        yield match.start(), "error", "shop-link", f"{match[0][:60]!r} sells something; {remedy}"
    for match in _URL.finditer(text):
        if _TRACKED.search(match[0].rstrip(".,;:!?]}*_")):
            yield match.start(), "error", "shop-link", f"{match[0][:80]!r} is a shop's or a tracked link; {remedy}"
