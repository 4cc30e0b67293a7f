"""Other names of plain columns: those of other systems' exports, and those of lists in other languages.

Names that systems use for several things are left out, such as `Retail price`, and those that occur together, such as
`EAN` and `UPC`. So are weights, whose unit nobody knows. Case and punctuation do not matter.
"""

from __future__ import annotations

_COLUMNS = {
    "name": (
        *("Title", "Product name", "Product title", "Item name"),
        *("Bezeichnung", "Artikelbezeichnung", "Artikelname", "Produktname", "Titel", "Nom", "Nom du produit", "Titre"),
        *("Nombre", "Nombre del producto", "Título", "Nome", "Nome prodotto", "Titolo", "Nome do produto"),
        *("Naam", "Productnaam", "Название", "Наименование", "Nazwa", "Nazwa produktu", "Název"),
    ),
    "sku": (
        *("Product SKU", "Item SKU", "Seller SKU", "Product Code/SKU", "Custom label"),
        *("Custom label (SKU)", "Internal reference"),
        *("Artikelnummer", "Artikel-Nr.", "Art.-Nr.", "Référence", "Referencia", "Codice articolo", "Referência"),
        "Артикул",
    ),
    "description": (
        *("Product description", "Item description", "Beschreibung", "Descripción", "Descrizione", "Descrição"),
        *("Beschrijving", "Omschrijving", "Описание", "Opis", "Popis"),
    ),
    "price": ("Preis", "Prix", "Precio", "Prezzo", "Preço", "Prijs", "Цена", "Cena"),
    "inventory": (
        *("Qty", "Stock quantity", "Stock on hand", "Quantity on hand", "Current stock level"),
        "Available quantity",
        *("Bestand", "Lagerbestand", "Quantité", "Cantidad", "Existencias", "Quantità", "Giacenza", "Quantidade"),
        *("Estoque", "Voorraad", "Остаток", "Количество", "Ilość"),
    ),
    "brand": ("Brand name", "Marke", "Marque", "Marca", "Merk", "Бренд", "Marka"),
    "collections": (
        *("Category", "Kategorie", "Kategorien", "Catégorie", "Catégories", "Categoría", "Categorías", "Categoria"),
        *("Categorie", "Categorias", "Категория", "Kategoria"),
    ),
    "visible": (
        *("Is visible", "Product visible?", "Active", "Active (0/1)", "Enabled", "Aktiv", "Actif", "Activo", "Attivo"),
        "Ativo",
    ),
    "media": ("Image", "Image URL", "Bild", "Bilder", "Imagen", "Immagine", "Imagem", "Afbeelding", "Изображение"),
}
HEADINGS = {heading: column for column, headings in _COLUMNS.items() for heading in headings}
"""Other name → plain column."""
