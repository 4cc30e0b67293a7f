"""Column names of WooCommerce's exports in other languages: an export has the language of the user who makes it.

Collected from files that shops exported and from the importers that read them: German, French, Spanish, Italian, Dutch,
and Portuguese as in Brazil, and the columns of Germanized, a plugin. Names that are the same as in English are left
out. Case and punctuation do not matter.
"""

from __future__ import annotations

_COLUMNS = {
    "Type": ("Typ", "Tipo"),
    "SKU": ("Artikelnummer", "UGS", "COD"),
    "GTIN, UPC, EAN, or ISBN": tuple(f"GTIN, UPC, EAN {word} ISBN" for word in ("oder", "ou", "o", "of")),
    "Name": ("Nom", "Nombre", "Nome", "Naam"),
    "Published": ("Veröffentlicht", "Publié", "Publicado", "Pubblicato", "Gepubliceerd"),
    "Visibility in catalog": (
        *("Sichtbarkeit im Katalog", "Visibilité dans le catalogue", "Visibilidad en el catálogo"),
        *("Visibilità nel catalogo", "Zichtbaarheid in catalogus", "Visibilidade no catálogo"),
    ),
    "Short description": (
        *("Kurzbeschreibung", "Description courte", "Descripción corta", "Breve descrizione"),
        *("Korte beschrijving", "Korte omschrijving", "Descrição curta"),
    ),
    "Description": ("Beschreibung", "Descripción", "Descrizione", "Beschrijving", "Descrição"),
    "Date sale price starts": (
        *("Datum, an dem Angebotspreis beginnt", "Date de début de promo", "Día en que empieza el precio rebajado"),
        *("Data di partenza del prezzo in saldo", "Startdatum actieprijs", "Data de preço promocional começa em"),
    ),
    "Date sale price ends": (
        *("Datum, an dem Angebotspreis endet", "Date de fin de promo", "Día en que termina el precio rebajado"),
        *("Data in cui termina l'offerta", "Termine data del prezzo di vendita", "Einddatum actieprijs"),
        "Data de preço promocional termina em",
    ),
    "In stock?": ("Vorrätig?", "En stock ?", "¿Existencias?", "¿En inventario?", "Op voorraad?", "Em estoque?"),
    "Stock": ("Bestand", "Lager", "Inventario", "Magazzino", "Voorraad", "Estoque"),
    "Sale price": (
        *("Angebotspreis", "Tarif promo", "Precio rebajado", "Prezzo in offerta", "Actieprijs"),
        "Preço promocional",
    ),
    "Regular price": (
        *("Regulärer Preis", "Tarif régulier", "Precio normal", "Prezzo di listino", "Reguliere prijs"),
        "Preço",
    ),
    "Categories": ("Kategorien", "Catégories", "Categorías", "Categorie", "Categorieën", "Categorias"),
    "Images": ("Bilder", "Imágenes", "Immagine", "Immagini", "Afbeeldingen", "Imagens"),
    "Parent": ("Übergeordnetes Produkt", "Superior", "Principal", "Genitore", "Hoofd", "Ascendente"),
    "Brands": ("Marken", "Marques", "Marcas", "Marchi", "Merken"),
}
_NUMBERED = {
    "attributeName": (
        *("Attribut {} Name", "Nom de l'attribut {}", "Nombre del atributo {}", "Nome dell'attributo {}"),
        *("Attributo {} nome", "Naam eigenschap {}", "Nome do atributo {}"),
    ),
    "attributeValues": (
        *("Attribut {} Wert(e)", "Valeur(s) de l'attribut {}", "Valor(es) del atributo {}"),
        *("Valore dell'attributo {}", "Attributo {} valuta(e)", "Waarde eigenschap {}", "Valores do atributo {}"),
    ),
}
WEIGHTS = ("weight", "gewicht", "poids", "peso")
"""The word before the unit, such as `Poids (kg)`."""
LEFT_OUT = (
    r"ist_hervorgehoben|steuer(status|klasse)|geringe_lagermenge|(liefer)?rückst[aä]nde_erlaubt|nur_einzeln_verkaufen"
    r"|(länge|breite|höhe)_.*|kunden(rezensionen|bewertungen)_erlauben|hinweis_zum_kauf|schlagwörter|versandklasse"
    r"|downloadlimit|ablauftage_des_downloads|gruppierte_produkte|zusatzverkäufe|cross_sells_.*|externe_url|url_externe"
    r"|attribut_\d+_(sichtbar|standard)|ist_(dienstleistung|differenzbesteuert)|versand_kostenlos|regulärer_grundpreis"
    r"|angebotsgrundpreis|grundpreis_automatisch_berechnen|(grundpreis|produkt)?einheit|warenkorbkurzbeschreibung|lieferzeit"
    r"|(streich|angebots)preis_hinweis"
    r"|mis_en_avant|(état|classe)_de_(la_)?tva|montant_de_stock_faible|autoriser_.*|vendre_individuellement"
    r"|(longueur|largeur|hauteur)_.*|note_de_commande|étiquettes|classe_d_expédition|limite_de_téléchargement"
    r"|jours_d_expiration_.*|groupes_de_produits|produits_suggérés|ventes_croisées|libellé_du_bouton"
    r"|attribut_\d+_(visible|global|par_défaut)|téléchargement_.*|méta_.*"
    r"|está_destacado|(estado|clase)_del?_impuesto|cantidad_de_bajo_inventario|permitir_.*|vendido_individualmente"
    r"|(longitud|anchura|ancho|altura)_.*|nota_de_compra|etiquetas|clase_de_envío|límite_de_descargas|días_de_caducidad_.*"
    r"|productos_agrupados|ventas_(dirigidas|cruzadas)|url_externa|texto_del_botón|posición"
    r"|atributo_(visible|global|por_defecto)_\d+|atributo_\d+_por_defecto|(id|nombre|url)_de_(la_)?descarga_\d+"
    r"|in_primo_piano|stato_delle_imposte|aliquota_di_imposta|quantità_in_magazzino_bassa|abilita_gli_ordini_arretrati"
    r"|venduto_singolarmente|(lunghezza|larghezza|altezza)_.*|permetti_le_recensioni_clienti|nota_di_acquisto|tag|etichette|classe_di_spedizione"
    r"|limite_di_download|scarica_i_giorni_di_scadenza|prodotti_raggruppati|up_sell|cross_sell|url_estern[ao]"
    r"|testo_del_pulsante|posizione|attributo_\d+_(visibile|globale|predefinito)"
    r"|uitgelicht|btw_status|belastingklasse|lage_voorraad|nabestellingen_toestaan|wordt_individueel_verkocht"
    r"|(lengte|breedte|hoogte)_.*|klantbeoordelingen_toestaan|aankoopnotitie|verzendklasse|downloadlimiet"
    r"|dagen_vervaltijd_download|gegroepeerde_producten|knop_tekst|positie|(zichtbare|globale)_eigenschap_\d+"
    r"|standaardeigenschap_\d+"
    r"|em_destaque|(status|classe)_d[eo]_imposto|quantidade_baixa_de_estoque|são_permitidas_encomendas"
    r"|(comprimento|largura)_.*|(observação|nota)_de_compra|classe_de_entrega"
    r"|limite_de_downloads|dias_para_expirar_o_download|grupo_de_produtos|venda_cruzada|texto_do_botão|posição"
    r"|visibilidade_do_atributo_\d+|atributo_padrão_\d+"
)
"""Pattern of the columns that have no place on a Wix site, language by language."""


def translations(numbers: range) -> dict[str, str]:
    """Return the names of columns in other languages, each with the name of its column; attributes have numbers."""
    plain = {heading: column for column, headings in _COLUMNS.items() for heading in headings}
    numbered = {
        heading.format(n): f"{stem}{n}" for stem, headings in _NUMBERED.items() for heading in headings for n in numbers
    }
    return {**plain, **numbered}
