"""Words that stand around articles and are no part of them, in English, French, German, Italian, Polish, Portuguese,
Russian, Spanish and Ukrainian; all in lower case.

They decide nothing alone: a sentence of an article may begin with any of them. See ``boilerplate.py``.
"""

import re

LANGUAGES = ("en", "fr", "de", "it", "pl", "pt", "ru", "es", "uk")


def _phrases(*languages: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrases in languages for phrase in phrases.split("|"))


BEFORE_LINKS = _phrases(
    """
    also | also on | also read | also see | check out | find out more | gallery | listen | next | photos | read | see |
    video | don't miss | don’t miss | editor's picks | editor’s picks | external links |
    featured stories | filed under | for more | further information | further reading | in other news | just in |
    keep reading | latest | latest news | latest stories | learn more | more | more from | more news | more on this
    | more on this story | more on this topic | more stories | more to read | most popular | most read | must read |
    must reads | next article | next post | on the web | one more thing | other news | popular | popular now |
    popular posts | posted in | previous article | previous post | read also | read more | read more on this | read
    next | read this next | read too | recent posts | recommended | recommended for you | recommended reading |
    recommended stories | related | related article | related articles | related content | related coverage |
    related links | related news | related post | related posts | related reading | related stories | related story
    | related topics | related video | related videos | see also | see more | see related | similar articles |
    similar posts | sponsored | sponsored content | tagged | tags | top stories | topics | trending | trending now |
    up next | watch | watch also | watch more | watch next | what to read next | you may also be interested in | you
    may also like | you may be interested in | you may like | you might also like | you might like
    """,
    """
    a lire aussi | articles liés | articles similaires | en savoir plus | les plus lus | lire aussi | lire la suite
    | lisez aussi | mots-clés | pour aller plus loin | sur le même sujet | voir aussi | vous aimerez aussi | à lire
    | à lire aussi | à lire également | à voir aussi
    """,
    """
    auch interessant | das könnte dich auch interessieren | das könnte sie auch interessieren | lesen sie auch |
    lesen sie hier | lesen sie mehr | lesetipp | lies auch | mehr | mehr aus | mehr dazu | mehr lesen | mehr zu
    diesem thema | mehr zum thema | meistgelesen | passend dazu | schlagwörter | siehe auch | verwandte artikel |
    weitere artikel | weitere themen | weiterführende links | weiterlesen | zum thema
    """,
    """
    articoli correlati | forse ti può interessare | guarda anche | leggi anche | leggi ancora | leggi di più | leggi
    pure | potrebbe interessarti | potrebbe interessarti anche | ti potrebbe interessare | vedi anche
    """,
    """
    artykuły powiązane | czytaj również | czytaj także | czytaj też | czytaj więcej | polecamy | powiązane |
    przeczytaj również | przeczytaj także | przeczytaj też | tagi | zobacz również | zobacz także | zobacz też
    """,
    """
    artigos relacionados | leia mais | leia tambem | leia também | mais lidas | notícias relacionadas | relacionadas
    | relacionados | saiba mais | veja mais | veja tambem | veja também
    """,
    """
    вам может понравиться | еще по теме | ещё по теме | материалы по теме | по теме | похожие статьи | см. также |
    смотри также | смотрите также | теги | читайте далее | читайте также | читать далее | читать также
    """,
    """
    artículos relacionados | contenido relacionado | etiquetas | le puede interesar | lea más | lea tambien | lea
    también | lee también | leer más | mira también | más información | noticias relacionadas | también te puede
    interesar | te puede interesar | te recomendamos | ver más | ver también | véase también
    """,
    """
    вас може зацікавити | детальніше | дивись також | дивіться також | докладніше | за темою | матеріали за темою |
    мітки | схожі статті | читай також | читайте також | читати також | ще за темою
    """,
)
"""Before links to other articles: alone above them, or in their line."""

ALONE = _phrases(
    """
    advertisement | advertisements | advertising | article continues after advertisement | article continues below |
    article continues below advertisement | click to share | comments | continue reading below | continue reading
    the main story | copy link | email this article | follow us | join the conversation | leave a comment | leave a
    reply | loading | loading... | loading… | order reprints | post a comment | print | print article | print this
    article | reprints | save this story | scroll to continue | share | share on facebook | share on twitter | share
    this | share this article | share this page | share this post | share this story | sign up | sign up now | skip
    advertisement | sponsored message | story continues after advertisement | story continues below | story
    continues below advertisement | subscribe | subscribe now | tweet
    """,
    """
    commentaires | la suite après la publicité | laisser un commentaire | partager | partager cet article |
    publicité
    """,
    """
    anzeige | artikel teilen | drucken | kommentar schreiben | kommentare | nach der anzeige weiterlesen | teilen |
    werbung
    """,
    """
    commenti | condividi | continua a leggere dopo la pubblicità | lascia un commento | pubblicità
    """,
    """
    dalsza część artykułu pod materiałem wideo | dodaj komentarz | komentarze | reklama | udostępnij
    """,
    """
    comentários | compartilhar | compartilhe | continua depois da publicidade | deixe um comentário | publicidade
    """,
    """
    добавить комментарий | комментарии | оставить комментарий | поделиться | реклама
    """,
    """
    comentarios | comparte | compartir | deja un comentario | deja una respuesta | publicidad
    """,
    """
    додати коментар | залишити коментар | коментарі | поділитися | поширити
    """,
)
"""Nothing to read by themselves, wherever they are."""

_NETWORKS = r"(?:twitter|facebook|instagram|linkedin|youtube|tiktok|threads|bluesky|mastodon|telegram|whatsapp)"
FAREWELL = re.compile(
    rf"""
    ^\W*(?:
        (?:please\ )?(?:follow|(?:like|find|join)\ (?:us|me|our|him|her|them|more)\b)
            .{{0,60}}\bon\b.{{0,40}}\b{_NETWORKS}
        | follow\b.{{1,40}}@\w
        | (?:sign\ up|subscribe)\b.{{1,60}}\b(?:newsletters?|podcast|briefing|channel|inbox|youtube)\b
        | folgen\ sie\ .{{1,60}}\b{_NETWORKS} | abonnieren\ sie\b.{{1,60}}\bnewsletter\b
        | (?:suivez|retrouvez)-nous\b.{{1,60}}\b{_NETWORKS} | inscrivez-vous\b.{{1,60}}\bnewsletter\b
        | s[ií]guenos\b.{{1,60}}\b{_NETWORKS} | suscr[ií]b(?:ete|ase)\b.{{1,60}}\b(?:newsletter|boletín)\b
        | siga-nos\b.{{1,40}}\b{_NETWORKS} | seguici\b.{{1,60}}\b{_NETWORKS}
        | obserwuj\ nas\b | śledź\ nas\b
        | подпи(?:сывайтесь|шитесь)\ на\b | (?:підписуйтес[ья]|підпишіться)\ на\b | слідкуйте\ за\ нами\b
        | (?:like|enjoyed?)\ (?:this|what)\b.{{1,60}}\bshare\b | read\ or\ share\ this\ story\b
        | (?:contact|reach|write\ to)\ (?:the\ )?(?:author|reporter|writer)s?\b | more\b.{{0,40}}:\ https?://
        | (?:additional\ )?(?:reporting|writing|editing|compiled)\ by\b.{{1,200}}\)$ | additional\ reporting\ by\b
        | this\ copy\ is\ for\ your\ personal | read\ the\ (?:full|original)\ (?:article|story)\b
        | (?:the\ post|this\ (?:article|post|story))\b.{{1,200}}\bappeared\ first\ on\b
        | click\ here\ to\ (?:join|read\ more|see\ more|sign\ up|subscribe)\b
        | already\ a\ (?:member|subscriber)\b | to\ continue\ reading\b
        | (?:log\ in|register|sign\ in|subscribe)\b.{{0,60}}\b(?:continue|keep)\ reading\b
        | (?:please|you\ need\ to)\ enable\ javascript\b | javascript\ is\ (?:disabled|required)\b
        | your\ browser\ does\ not\ support\b
        | (?:we|this\ (?:web)?site)\ uses?\ cookies\b | wir\ verwenden\ cookies\b
        | (?:nous\ utilisons|ce\ site\ utilise)\ des\ cookies\b | questo\ sito\ (?:usa|utilizza)\ (?:i\ )?cookie\b
        | (?:este\ sitio(?:\ web)?\ (?:usa|utiliza)|utilizamos)\ cookies\b | este\ site\ (?:usa|utiliza)\ cookies\b
        | ta\ strona\ (?:używa|korzysta\ z)\ (?:plików\ )?cookie | (?:цей\ сайт|ми)\ використову\w+\ (?:файли\ )?cookie
        | (?:этот\ сайт|мы)\ использу\w+\ (?:файлы\ )?cookie
    )
    | ^.{{0,80}}\b(?:all\ rights\ reserved|alle\ rechte\ vorbehalten|tous\ droits\ réservés
        |todos\ los\ derechos\ reservados|todos\ os\ direitos\ reservados|tutti\ i\ diritti\ (?:sono\ )?riservati
        |wszelkie\ prawa\ zastrzeżone|все\ права\ защищены|(?:всі|усі)\ права\ захищен[іо])\b
    | ^(?:©|ⓒ|\(c\)\ ?(?=\d|\w+\ \d)|copyright\b)\W*.{{0,60}}(?:\b(?:19|20)\d\d\b|©|ⓒ)
    | \bmay\ not\ be\ published,\ broadcast | \bmay\ not\ be\ reproduced\b.{{0,60}}\b(?:permission|consent)\b
    | \bcontributed\ (?:reporting|to\ this\ (?:report|story|article))\b
    | [.!?…]\s+follow\ (?:him|her|them|me)\b.{{0,60}}\bon\ .{{0,40}}\b{_NETWORKS}
    | \b(?:through|via|using)\ (?:our|this|these|the)\b.{{1,80}}\b(?:commission|share\ of\ the\ sale)\b
    | \bwe\b.{{0,20}}\b(?:earn|receive|get)\b.{{1,30}}\bcommissions?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What is said only before an article begins or after it has ended."""

OF_AUTHORS = frozenset(
    """
    covers has is reports was writes
    arbeitet berichtet ist schreibt war
    couvre est
    es escribe
    è scrive
    jest pisze
    é escreve
    пише є
    пишет
    """.split()
)
"""What follows an author's name in a line about the author."""

AROUND_DATES = frozenset(
    """
    a am and at by categories category comments date edited est et edt from gmt in last m min mins minute minutes
    modified on originally p pm posted published pst pt publish read reading story time tags updated utc words written
    article author staff reporter bst cet cest hrs
    à a été de du et le les lecture mis par publié temps heure heures jour
    aktualisiert am autor der die erstellt geändert lesezeit minuten stand uhr um und veröffentlicht von
    aggiornato alle autore da data di il lettura minuti ore pubblicato tempo
    aktualizacja autor czas czytania dnia dodano godz min opublikowano przez
    atualizado categoria em leitura minutos publicado por às
    автор в дата мин минут опубликовано обновлено от просмотров чтения
    a actualizado el escrito fecha hora las lectura minutos por publicado
    автор о оновлено опубліковано переглядів хв хвилин час читання
    """.split()
)
"""Words of a line that says no more than when, by whom and where an article was published."""
