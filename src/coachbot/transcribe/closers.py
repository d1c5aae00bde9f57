"""Phrases that recognisers write where nobody speaks: the ends of videos they were trained on.

The kinds are those reported by users of Whisper (discussions 679 and 928 of openai/whisper) and studied by
Koenecke et al., "Careless Whisper" (FAccT 2024). Patterns match a whole segment or sentence, never a part of
one; and a match alone removes nothing, because people do say thanks.
"""

from __future__ import annotations

import re

_VIDEO = (
    # English
    r"(?:thanks|thank you)(?: so much| very much| all| everyone| guys)? for (?:watching|viewing)"
    r"(?: (?:this|the|my|our) videos?)?(?: (?:and )?(?:i'?ll )?see you (?:in the )?next (?:time|video|one))?",
    r"(?:please |don'?t forget to )?(?:like (?:and )?)?(?:comment (?:and )?)?subscribe"
    r"(?: (?:to|for|and) .{0,40})?",
    r"(?:i'?ll )?see you (?:guys )?in the next (?:video|one|episode)",
    # German
    r"(?:vielen|danke|herzlichen) ?(?:dank)? ?(?:für'?s|für das|fürs|für ihr) zu(?:schauen|sehen|hören)",
    r"bis zum nächsten (?:mal|video)",
    # French
    r"merci d'avoir regardé(?: (?:cette|la) vidéo)?",
    r"(?:n'oubliez pas de )?(?:vous )?abonne[rz](?: vous)?(?: à la chaîne)?.{0,30}",
    # Spanish, Portuguese, Italian
    r"(?:muchas )?gracias por (?:ver(?: el| este)? ?(?:v[ií]deo)?|mirar.{0,15})",
    r"(?:no olvides )?suscr[ií]be?te(?: al canal)?.{0,30}",
    r"(?:muito )?obrigad[oa] por (?:assistir.{0,15}|ver.{0,15})",
    r"(?:inscreva se|se inscreva)(?: no canal)?.{0,20}",
    r"grazie (?:a tutti )?per (?:la|aver.{0,6}) ?(?:visione|guardato.{0,20})",
    # Dutch, Swedish, Polish, Turkish, Russian, Ukrainian
    r"bedankt voor het kijken.{0,20}",
    r"tack (?:så mycket )?för att (?:du|ni) (?:har )?titta(?:de|t|r).{0,20}",
    r"dziękuj[ęe](?:my)? za (?:oglądanie|obejrzenie).{0,20}",
    r"(?:beni )?izlediğiniz için teşekkür(?:ler| ederim)",
    r"(?:спасибо|благодарю) за (?:просмотр|внимание)",
    r"(?:подписывайтесь|подпишись|ставьте лайки?).{0,40}",
    r"продолжение следует",
    r"дякую за перегляд",
    # Japanese, Korean, Chinese, Arabic
    r"ご視聴(?:いただき)?(?:誠に)?ありがとうございま(?:した|す)",
    r"(?:次|また)の?(?:動画|回)で(?:お会い|会い)しましょう.{0,5}",
    r"チャンネル登録.{0,20}",
    r"시청해 ?주셔서 감사합니다",
    r"(?:구독과? ?)?좋아요.{0,15}",
    r"(?:感谢|感謝|谢谢|謝謝)(?:大家|您|你们)?(?:的)?(?:观看|觀看|收看).{0,8}",
    r"请?不吝点赞.{0,30}|請?不吝點贊.{0,30}",
    r"شكرا (?:لكم )?(?:على|للمشاهدة).{0,20}",
    r"اشتركوا في القناة.{0,20}",
)
_CREDIT = (
    r"(?:sub ?titles?|captions?|subtitled|captioned|transcri(?:pts?|bed|ption)|translat(?:ed|ion)) ?(?:are )?"
    r"(?:provided |made |done |created )?by\b.{0,60}",
    r".{0,40}\bamara ?org\b.{0,40}",
    r"untertitel(?:ung)?\b.{0,60}(?:\bzdf\b|\bfunk\b|\bder\b|\bvon\b|\bswr\b|\bwdr\b|20\d\d).{0,30}",
    r"(?:copyright )?(?:wdr|swr|zdf|ndr|ard) ?20\d\d",
    r"sous ?titr(?:age|es?)\b.{0,60}(?:st'? ?501|soci[ée]t[ée] radio canada|par |r[ée]alis).{0,40}",
    r"subt[ií]tulos?\b.{0,20}(?:por|realizad|creado|de la).{0,50}",
    r"legendas? (?:pela|por|feitas?).{0,50}",
    r"sottotitoli\b.{0,20}(?:di|a cura|creati|e revisione).{0,50}",
    r"ondertitel(?:ing|d|s)\b.{0,20}(?:door|ingediend).{0,50}",
    r"undertext(?:er|ning)?\b.{0,20}(?:av|från).{0,40}|svensktextning nu.{0,20}",
    r"napisy (?:stworzone|utworzone|wykonane).{0,50}",
    r"altyazı\b.{0,5}(?:m ?k)?.{0,10}",
    r"(?:редактор )?субтитр\w*\b.{0,60}",
    r"字幕(?:由|提供|制作|製作|志[愿願]者|by).{0,30}|.{0,6}(?:明镜|明鏡)(?:与|與)(?:点点|點點).{0,8}",
    r"자막 ?(?:제공|by).{0,20}|mbc ?뉴스.{0,15}",
    r"ترجمة نانسي.{0,15}",
)
_MARKS = re.compile(r"[\"“”¡¿«»()\[\]*♪.,!?…。！？、-]+")
_ANY_VIDEO = re.compile("|".join(f"(?:{p})" for p in _VIDEO), re.IGNORECASE)
_ANY_CREDIT = re.compile("|".join(f"(?:{p})" for p in _CREDIT), re.IGNORECASE)
LONGEST = 120
"""Characters; nothing longer is a closing phrase."""


def is_closer(text: str) -> bool:
    """Whether the text is nothing but a phrase that closes a video or a credit for its subtitles."""
    line = _bare(text)
    return 0 < len(line) <= LONGEST and bool(_ANY_VIDEO.fullmatch(line) or _ANY_CREDIT.fullmatch(line))


def is_credit(text: str) -> bool:
    """Whether it is a credit ("Subtitles by …"), which hardly anybody says aloud."""
    line = _bare(text)
    return 0 < len(line) <= LONGEST and _ANY_CREDIT.fullmatch(line) is not None


def _bare(text: str) -> str:
    return " ".join(_MARKS.sub(" ", text.replace("’", "'")).split())
