"""The catalogue of diagnostics: what each code means and what to do, for ``pasbuild explain`` and docs/diagnostics.md.

Why apart from the places that report: a finding says what is wrong here, in one line; the catalogue has the room to say
why it matters and how to put it right. Tests hold both together: each code of the source is here, and no other.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from pasbuild.typography import typeset


@dataclass(frozen=True, slots=True)
class Entry:
    """One code: its name in a few words, why it is a fault, what to do. Code samples stand between backquotes."""

    titre: str
    explication: str
    remede: str


FAMILIES = {
    'lire': "Lire les fichiers",
    'ref': "Renvois et notes",
    'donnee': "Données",
    'figure': "Figures",
    'loi': "Code de l'urbanisme",
    'securite': "Sécurité",
    'pdf': "Mise en page",
}
"""First word of the codes → title of their section."""

CATALOGUE: dict[str, Entry] = {
    # --- lire: files, YAML, Markdown ---
    'lire.attribut': Entry(
        "Attribut illisible",
        "Les accolades à la fin d'un titre ou à l'ouverture d'un bloc ne se lisent pas : souvent un guillemet n'est pas fermé.",
        "Écrivez `{#identifiant .classe cle=\"valeur\"}`, avec un guillemet fermant pour chaque guillemet ouvrant.",
    ),
    'lire.attribut-inconnu': Entry(
        "Attribut ou classe qui n'existe pas ici",
        "Chaque titre et chaque bloc n'accepte que quelques attributs ; celui-ci n'aurait aucun effet.",
        "Corrigez la faute de frappe ou retirez-le : `.axe`, `.objectif` et `.enjeu` pour un titre ; `repond_a` pour un "
        "objectif ; `titre`, `donnees`, `colonnes`, `tri`, `lignes`, `filtre`, `total`, `format`, `source`, `entetes` "
        "pour un tableau.",
    ),
    'lire.bloc-inconnu': Entry(
        "Bloc qui n'existe pas",
        "Le mot qui suit `:::` n'est pas un bloc du guide de rédaction.",
        "Blocs possibles : `encadre`, `constat`, `chapeau`, `chiffre-cle`, `tableau`, `sommaire`, `liste-figures`, "
        "`liste-tableaux`. Exemple : `:::constat Ce que dit le diagnostic`.",
    ),
    'lire.bloc-non-ferme': Entry(
        "Bloc qui n'est pas fermé",
        "Un bloc ouvert par `:::` court jusqu'à la fin du fichier : tout le texte qui suit y serait enfermé.",
        "Ajoutez une ligne `:::`, seule, là où le bloc doit finir.",
    ),
    'lire.champ-manquant': Entry(
        "Information obligatoire absente",
        "Un fichier YAML ou un tableau n'a pas une information dont le document a besoin (titre, date, licence…).",
        "Ajoutez la ligne demandée. Si vous ne savez pas encore quoi y mettre dans le texte, utilisez `{a-renseigner}`.",
    ),
    'lire.cle-inconnue': Entry(
        "Clé qui n'existe pas",
        "Un fichier YAML contient une clé inconnue à cet endroit ; elle n'aurait aucun effet.",
        "Corrigez la faute de frappe (`titre`, pas `tire`), vérifiez le retrait, ou retirez la ligne.",
    ),
    'lire.code': Entry(
        "Texte entre accents graves, ou bloc de code",
        "Les accents graves et les blocs de code servent aux programmes : rien de tel ne s'imprime dans un PAS.",
        "Pour une valeur, écrivez le rôle devant, collé : {val} puis la clé entre accents graves. Pour un bloc, retirez "
        "les trois accents graves.",
    ),
    'lire.encodage': Entry(
        "Fichier qui n'est pas en UTF-8",
        "Les accents du fichier sont codés à l'ancienne manière de Windows ; ils sortiraient abîmés.",
        "Enregistrez le fichier en UTF-8. Bloc-notes : « Enregistrer sous », encodage UTF-8. Tableur : « Enregistrer "
        "sous », CSV UTF-8.",
    ),
    'lire.fichier-absent': Entry(
        "Fichier introuvable",
        "Un fichier est cité (dans `parties`, `fichier`, une figure) mais n'est pas dans le dossier.",
        "Vérifiez le nom, majuscules comprises, et l'emplacement : les parties dans `content/`, les tables dans "
        "`content/data/`, les figures dans `figures/`.",
    ),
    'lire.fichier-vide': Entry(
        "Fichier vide",
        "Le fichier existe mais ne contient rien : c'est le plus souvent un enregistrement manqué.",
        "Écrivez-le, retrouvez-en une version plus ancienne, ou retirez-le du dossier et de la liste qui le cite.",
    ),
    'lire.html': Entry(
        "Du HTML dans le texte",
        "Le document sort à la fois en PDF et en Word : une balise HTML ne vaudrait que pour l'un des deux.",
        "Utilisez la syntaxe du guide : `**gras**`, `*italique*`, `1^er^`, un bloc `:::encadre`, un tableau. Pour écrire "
        "le signe « < » lui-même, mettez une espace après, ou écrivez `\\<`.",
    ),
    'lire.identifiant': Entry(
        "Identifiant mal formé",
        "Un identifiant sert d'adresse dans le PDF, dans Word et dans l'archive ; sa forme est donc stricte.",
        "Des minuscules sans accent, des chiffres et des tirets simples, une lettre au début : `obj-friches`, pas "
        "`Obj_Friches`.",
    ),
    'lire.identifiant-absent': Entry(
        "Titre ou tableau sans identifiant",
        "Tout titre de niveau 1 à 3 et tout tableau porte un identifiant : c'est ce que suivent les renvois et la "
        "comparaison des versions.",
        "Ajoutez-le en fin de ligne : `## Les mobilités {#mobilites}`. Ne le changez plus une fois publié.",
    ),
    'lire.image': Entry(
        "Image qui n'est pas une figure du dossier",
        "Une image isolée n'a ni source, ni texte alternatif, ni numéro. Le document ne contient que des figures décrites "
        "dans `figures/`.",
        "Décrivez la figure dans `figures/fig-exemple.yaml`, puis placez-la, seule sur sa ligne : `![](figure:fig-exemple)`.",
    ),
    'lire.niveau-titre': Entry(
        "Niveau de titre hors plan",
        "Le document a quatre niveaux de titre, qui se suivent sans saut : un lecteur d'écran navigue de l'un à l'autre.",
        "Changez le nombre de `#`. Un paragraphe qui commence par quelques mots en gras remplace bien un cinquième niveau.",
    ),
    'lire.note': Entry(
        "Note de plusieurs paragraphes",
        "Une note de bas de page tient en un paragraphe : ni liste, ni tableau, ni second paragraphe.",
        "Raccourcissez-la, ou portez le détail dans le texte ou dans un `:::encadre`.",
    ),
    'lire.partie-inconnue': Entry(
        "Partie qui n'existe pas",
        "La liste `parties` de `dossier.yaml` cite un nom qui n'est ni un fichier `.md`, ni une partie fabriquée.",
        "Parties fabriquées : `couverture`, `colophon`, `sommaire`, `correspondance`, `donnees-figures`, `sources`, "
        "`glossaire`, `listes`. Un fichier s'écrit avec son extension : `10-contexte.md`.",
    ),
    'lire.partie-oubliee': Entry(
        "Fichier qui n'est dans aucune partie",
        "Un fichier `.md` est dans `content/` sans être dans la liste `parties` : il ne sera pas imprimé.",
        "Ajoutez-le à `parties` dans `dossier.yaml`, à sa place, ou sortez-le de `content/`.",
    ),
    'lire.role-inconnu': Entry(
        "Rôle qui n'existe pas",
        "Le mot entre accolades, devant les accents graves, n'est pas connu.",
        "Deux rôles existent : {val} pour une valeur des données, {a-renseigner} pour ce qui reste à fournir.",
    ),
    'lire.syntaxe': Entry(
        "Syntaxe qui n'est pas comprise",
        "Le texte emploie une écriture Markdown qui n'a pas de sens dans ce document (un filet, par exemple).",
        "Retirez-la, ou remplacez-la par une écriture du guide de rédaction.",
    ),
    'lire.tableau': Entry(
        "Autre chose que du texte avec un tableau",
        "Un bloc `:::tableau` contient un tableau et, au-dessous, du texte qui devient sa note. Rien d'autre.",
        "Sortez du bloc la liste, l'encadré ou le second tableau ; donnez à ce dernier son propre bloc.",
    ),
    'lire.tableau-vide': Entry(
        "Bloc tableau sans tableau",
        "Le bloc ne contient pas de lignes `| … |` et ne cite pas de table de données.",
        "Écrivez le tableau dans le bloc, ou citez une table : `:::tableau {#tab-communes donnees=communes titre=\"…\"}`.",
    ),
    'lire.theme': Entry(
        "Réglage du thème qui ne convient pas",
        "Le fichier `templates/theme.toml` du dossier a une valeur absente, inconnue ou de la mauvaise forme.",
        "Couleurs en `#RRGGBB`, longueurs en millimètres, corps en points. Le thème fourni sert de modèle ; sans "
        "`templates/theme.toml`, c'est lui qui sert.",
    ),
    'lire.titre-absent': Entry(
        "Titre absent ou vide",
        "Une partie commence par un titre de niveau 1, et aucun titre n'est vide : le sommaire et les signets en viennent.",
        "Commencez le fichier par `# Titre {#identifiant}` (après l'en-tête entre `---`, s'il y en a un).",
    ),
    'lire.toml': Entry(
        "Thème illisible",
        "Le fichier `templates/theme.toml` n'est pas du TOML correct.",
        "Vérifiez les guillemets et les crochets à la ligne indiquée ; comparez avec le thème fourni.",
    ),
    'lire.type': Entry(
        "Valeur du mauvais genre",
        "Le programme attend un nombre, un texte, une liste ou une date, et trouve autre chose.",
        "Un texte qui ressemble à un nombre se met entre guillemets (`version: \"0.1\"`) ; une liste s'écrit "
        "`[a, b]` ou une ligne par élément, précédée d'un tiret ; une date s'écrit `2026-03-13`.",
    ),
    'lire.valeur': Entry(
        "Valeur qui ne convient pas",
        "La valeur a le bon genre, mais elle est hors des limites ou des choix possibles.",
        "Prenez l'un des choix indiqués, ou restez entre les limites (par exemple `largeur: colonne`, `large` ou `paysage`).",
    ),
    'lire.yaml': Entry(
        "YAML illisible",
        "Le fichier ne suit pas les règles du YAML : retrait irrégulier, guillemet ouvert, deux-points dans un texte.",
        "Alignez les retraits avec des espaces, fermez les guillemets, et mettez entre guillemets tout texte qui contient "
        "« : » ou « # » : `titre: \"Habitat : l'essentiel\"`. La faute est parfois une ligne plus haut.",
    ),
    'lire.yaml-ancre': Entry(
        "Ancre YAML",
        "Les ancres (`&nom` puis `*nom`) reprennent un passage à un autre endroit. Elles rendent un fichier difficile à relire "
        "et peuvent le faire enfler sans limite : elles ne sont pas acceptées.",
        "Recopiez le passage. Un texte qui commence par `*` ou `&` se met entre guillemets.",
    ),
    'lire.yaml-cle-double': Entry(
        "Clé écrite deux fois",
        "La même clé est deux fois au même endroit ; l'une des deux serait perdue sans bruit.",
        "Gardez-en une seule.",
    ),
    'lire.yaml-tabulation': Entry(
        "Tabulation en retrait",
        "Le YAML n'accepte pas la tabulation comme retrait.",
        "Remplacez chaque tabulation par deux espaces (les éditeurs savent le faire d'eux-mêmes).",
    ),
    # --- ref: references and notes ---
    'ref.double': Entry(
        "Identifiant employé deux fois",
        "Deux titres, figures ou tableaux ont le même identifiant : un renvoi ne saurait pas où mener.",
        "Changez le plus récent des deux, et les renvois qui le suivent. Une figure ne se place qu'une fois : ailleurs, "
        "renvoyez-y par `[](#fig-exemple)`.",
    ),
    'ref.introuvable': Entry(
        "Renvoi qui ne mène nulle part",
        "Le renvoi, la figure ou l'objectif cité n'existe pas dans le document.",
        "Corrigez l'identifiant, ou créez la cible : `[](#obj-poles)` demande un titre qui porte `{#obj-poles}`.",
    ),
    'ref.note-absente': Entry(
        "Note sans texte",
        "Le texte appelle une note dont le contenu n'est pas dans le même fichier.",
        "Écrivez plus bas, après une ligne vide : `[^1]: Texte de la note.`",
    ),
    'ref.note-double': Entry(
        "Note appelée deux fois",
        "Chaque appel de note a son numéro : une note ne s'appelle qu'une fois.",
        "Donnez une autre étiquette au second appel et écrivez une seconde note, ou renvoyez au passage.",
    ),
    'ref.note-orpheline': Entry(
        "Note que rien n'appelle",
        "Le texte de la note est écrit, mais aucun `[^…]` ne l'appelle : elle ne serait pas imprimée.",
        "Placez l'appel dans le texte, ou retirez la note.",
    ),
    'ref.vide': Entry(
        "Lien sans texte",
        "Un lien vers l'extérieur a besoin de mots : une adresse nue ne dit rien à qui écoute le document.",
        "Écrivez entre crochets ce que le lecteur trouvera : `[le site du syndicat](https://…)`.",
    ),
    # --- donnee: tables and values ---
    'donnee.a-verifier': Entry(
        "Source à vérifier",
        "Des valeurs citées viennent d'une table dont le statut est `a-verifier` : le nombre n'a pas été contrôlé à la source.",
        "Contrôlez le nombre dans la publication, puis mettez `statut: observe` ou `statut: estime`.",
    ),
    'donnee.calcul': Entry(
        "Calcul illisible",
        "La formule d'une colonne calculée n'existe pas, ou cite une colonne absente.",
        "Formules : `evolution a b` (de a à b, en %), `part a b` (a dans b, en %), `ecart a b` (b − a), `somme a b …`, "
        "`rapport a b` (a ÷ b), où a et b sont des colonnes de la même table.",
    ),
    'donnee.calcul-circulaire': Entry(
        "Calculs qui tournent en rond",
        "Une colonne calculée dépend d'elle-même, directement ou par une autre.",
        "Suivez la boucle donnée dans le message et remettez une colonne du fichier à l'un de ses maillons.",
    ),
    'donnee.cellule-vide': Entry(
        "Cellule vide",
        "Une cellule est vide dans une colonne qui doit être remplie : le total et les calculs seraient faux.",
        "Remplissez-la. Si la valeur n'est pas connue, déclarez `facultatif: true` : elle s'imprimera « n. d. ».",
    ),
    'donnee.colonne-absente': Entry(
        "Colonne absente",
        "Une colonne citée (dans `sources.yaml`, dans un tableau ou dans une clé) n'est pas dans la table.",
        "Comparez avec la première ligne du fichier : majuscules, accents et tirets comptent.",
    ),
    'donnee.colonne-non-declaree': Entry(
        "Colonne qui n'est pas décrite",
        "Le fichier a une colonne dont `sources.yaml` ne dit rien : ni titre, ni genre, ni unité.",
        "Ajoutez-la sous `colonnes`, ou retirez-la du fichier.",
    ),
    'donnee.doublon': Entry(
        "Clé ou colonne en double",
        "Deux lignes ont la même clé (ou deux colonnes le même nom) : une valeur citée serait ambiguë.",
        "Retirez la ligne en trop, ou prenez une clé qui distingue les lignes : `cle: commune annee`.",
    ),
    'donnee.feuille': Entry(
        "Feuille introuvable",
        "Le classeur n'a pas la feuille citée, ou il en a plusieurs et `sources.yaml` ne dit pas laquelle lire.",
        "Ajoutez `feuille: Nom de la feuille`, écrit comme sur l'onglet.",
    ),
    'donnee.filtre': Entry(
        "Filtre ou tri illisible",
        "Le `filtre` ou le `tri` d'un tableau ne se lit pas, ou cite une colonne absente.",
        "Écrivez `filtre=\"population>=10000\"` (`=`, `!=`, `>`, `>=`, `<`, `<=`) et `tri=\"-population\"` pour l'ordre "
        "décroissant.",
    ),
    'donnee.format': Entry(
        "Fichier de données illisible",
        "Le fichier n'a pas le format que dit son extension, ou une ligne a trop de cellules.",
        "Enregistrez-le de nouveau depuis le tableur, en CSV UTF-8, XLSX ou ODS ; une carte, en GeoJSON (longitude et "
        "latitude). Dans un CSV, un texte qui contient le séparateur se met entre guillemets.",
    ),
    'donnee.table-inconnue': Entry(
        "Table qui n'existe pas",
        "Un tableau demande une table qui n'est pas décrite dans `content/data/sources.yaml`, ou qui ne s'y lit pas.",
        "Corrigez le nom, ou décrivez la table. Si un autre constat porte sur elle, commencez par celui-là.",
    ),
    'donnee.total': Entry(
        "Somme qui ne tombe pas juste",
        "La somme de la colonne n'est pas le total annoncé par la source (`total:` dans `sources.yaml`).",
        "Cherchez la ligne en trop, en moins ou mal recopiée. Ne changez le total que si la source le donne ainsi.",
    ),
    'donnee.type': Entry(
        "Cellule du mauvais genre",
        "La cellule n'est pas le nombre, l'entier ou la date que sa colonne annonce.",
        "Écrivez le nombre seul, sans unité ni appel de note : `1051,2`, pas `1051,2 hab`. Une date s'écrit `2026-03-13`.",
    ),
    'donnee.valeur-introuvable': Entry(
        "Valeur introuvable",
        "Une valeur citée dans le texte ou dans une figure ne désigne aucune cellule.",
        "Écrivez `table.ligne` ou `table.ligne.colonne` ; la ligne en minuscules sans accent, avec des tirets : "
        "`communes.henin-beaumont.population_2023`. Lignes particulières : `total`, `nombre`, `max`, `min`.",
    ),
    'donnee.vide': Entry(
        "Table sans ligne",
        "La table n'a pas de ligne sous son en-tête, ou le filtre du tableau n'en garde aucune.",
        "Complétez le fichier, ou élargissez le filtre.",
    ),
    # --- figure: files of figures/ ---
    'figure.colonne': Entry(
        "Colonne absente de la table d'une figure",
        "La figure demande une colonne que la table n'a pas.",
        "Prenez le nom de colonne déclaré dans `sources.yaml`.",
    ),
    'figure.commune': Entry(
        "Commune absente des contours",
        "La figure nomme une commune qui n'est pas dans la table des contours.",
        "Écrivez son nom comme dans le fichier GeoJSON, accents et tirets compris.",
    ),
    'figure.dessin': Entry(
        "Figure qui ne se dessine pas",
        "Le fichier de la figure est bien formé, mais ses données ne permettent pas de la dessiner (valeur hors des classes, "
        "contour manquant, légende trop longue…).",
        "Le message dit ce qui manque. Pour la voir seule, sans fabriquer le document : `pasbuild figures fig-exemple`.",
    ),
    'figure.donnees': Entry(
        "Table d'une figure absente ou sans contours",
        "La figure cite une table inconnue, ou une carte cite une table qui n'est pas géographique.",
        "Corrigez le nom ; `contours` et `fonds` veulent une table dont le fichier est un GeoJSON.",
    ),
    'figure.filtre': Entry(
        "Filtre ou tri d'une figure illisible",
        "Le `filtre` ou le `tri` de la figure ne se lit pas, ou cite une colonne absente.",
        "Écrivez `filtre: annee>=2010` ou `tri: -population`.",
    ),
    'figure.inutilisee': Entry(
        "Figure placée nulle part",
        "La figure est décrite dans `figures/`, mais aucune partie ne la montre.",
        "Placez-la, seule sur sa ligne : `![](figure:fig-exemple)`, ou retirez son fichier.",
    ),
    'figure.texte-alternatif': Entry(
        "Texte alternatif absent ou trop court",
        "Qui ne voit pas la figure n'a que ce texte pour savoir ce qu'elle montre ; la loi l'exige des documents publics.",
        "Dites en une ou deux phrases ce que la figure montre, avec ses principaux nombres : `texte_alternatif: Une courbe "
        "monte de 9 000 habitants en 2013 à 9 250 en 2023.` Évitez « Graphique de la population ».",
    ),
    'figure.type-inconnu': Entry(
        "Type de figure qui n'existe pas",
        "La ligne `type` de la figure cite un type inconnu.",
        "Types : `lignes`, `aires`, `barres`, `pyramide`, `pentes`, `parts`, `chiffres`, `frise`, `carte`, "
        "`carte-symboles`, `armature`, `trajectoire`, `python`.",
    ),
    'figure.vide': Entry(
        "Figure sans donnée",
        "Aucune ligne de la table ne passe le filtre de la figure.",
        "Élargissez le filtre, ou vérifiez la table.",
    ),
    # --- loi: code de l'urbanisme ---
    'loi.matiere-inconnue': Entry(
        "Matière de l'article L. 141-3 inconnue",
        "`repond_a` cite une matière qui n'est pas dans le catalogue de l'article L. 141-3 du code de l'urbanisme.",
        "Écrivez `L141-3/` suivi de la matière : `L141-3/habitat`. Le guide de rédaction en donne la liste.",
    ),
    # --- securite: closed folder ---
    'securite.chemin': Entry(
        "Chemin qui sort du dossier",
        "Le programme ne lit rien hors du dossier : ni chemin absolu, ni « .. », ni lien vers un autre emplacement.",
        "Copiez le fichier dans le dossier et citez-le par son chemin relatif, avec des `/`.",
    ),
    'securite.lien': Entry(
        "Lien refusé",
        "Un lien vers un fichier de votre ordinateur ou un programme ne marcherait pas chez le lecteur, ou l'exposerait.",
        "Liens acceptés : `#identifiant` dans le document, `https://…` et `mailto:…` vers l'extérieur.",
    ),
    'securite.taille': Entry(
        "Fichier trop lourd",
        "Un fichier source dépasse 20 Mo : un dossier est fait de textes et de tables, c'est une erreur ou une attaque.",
        "Gardez les colonnes et les lignes utiles ; simplifiez les contours d'une carte.",
    ),
    # --- pdf: layout ---
    'pdf.glyphe': Entry(
        "Caractère que les polices n'ont pas",
        "Un caractère rare (symbole, émoticône) n'existe dans aucune police du document : il s'imprimerait en carré vide.",
        "Remplacez-le par un mot ou par un signe courant.",
    ),
    'pdf.moteur': Entry(
        "Remarque du moteur de mise en page",
        "WeasyPrint, qui compose le PDF, a refusé ou ignoré quelque chose : style inconnu, ressource extérieure.",
        "Si vous avez modifié `templates/`, revoyez ce changement. Sinon, c'est un défaut du programme : signalez-le.",
    ),
}  # fmt: skip
"""Every code, in the order of its family."""


def explanation(code: str) -> str:
    """Return what ``pasbuild explain`` prints about a known code, in lines of at most 88 characters."""
    entry = CATALOGUE[code]
    paragraphs = (entry.explication, f"Que faire : {entry.remede}")
    lines = [textwrap.indent(textwrap.fill(_print(text), 84, break_on_hyphens=False), '  ') for text in paragraphs]
    return '\n\n'.join([f'{code} : {_print(entry.titre)}'.replace(' :', '\u00a0:'), *lines])


def markdown() -> str:
    """Return docs/diagnostics.md: every code by family, with an anchor for each (``#donnee-total``)."""
    sections = [_INTRODUCTION]
    for family, title in FAMILIES.items():
        sections.append(f'## {_print(title)}')
        for code in sorted(name for name in CATALOGUE if name.startswith(f'{family}.')):
            entry = CATALOGUE[code]
            sections.append(f'### `{code}`')
            sections.append(f'**{_print(entry.titre)}.** {_print(entry.explication)}')
            sections.append(_print(f"Que faire : {entry.remede}"))
    return '\n\n'.join(sections) + '\n'


_INTRODUCTION = """\
# Diagnostics

Cette page est fabriquée à partir du catalogue du programme (`src/pasbuild/catalogue.py`) : ne la modifiez pas ici.

Chaque constat donne le fichier, la ligne, un code et une piste. Une erreur empêche de fabriquer le document ; un
avertissement non, sauf avec `--strict`. `pasbuild explain CODE` affiche ce qui suit dans le terminal."""


def _print(text: str) -> str:
    """Typeset a text, but not the samples between backquotes."""
    pieces = text.split('`')
    return '`'.join(piece if index % 2 else typeset(piece) for index, piece in enumerate(pieces))
