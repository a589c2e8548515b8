"""One list of products, written as each maker's documentation describes its files."""

import csv
import gzip
import io
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from likewise.ingest.catalog.feeds import Row, Table

GOOGLE_SPACE = "http://base.google.com/ns/1.0"


@dataclass(frozen=True)
class Shop:
    """A product as the shop means it."""

    id: str
    title: str
    description: str
    brand: str
    category: str
    colour: str
    gender: str
    size: str
    price: str
    pictures: tuple[str, ...]
    in_stock: bool


PRODUCTS = (
    Shop(
        "101",
        'Leinenhemd, schmal, 15" <Weiß>',
        "Sehr leicht & kühl",
        "Nørd & Söhne",
        "Apparel > Tops > Shirts",
        "White",
        "female",
        "M",
        "19.90",
        ("https://cdn.example/101.jpg", "https://cdn.example/101-b.jpg?w=1", "https://cdn.example/101-c.jpg"),
        True,
    ),
    Shop(
        "102",
        "Kappe",
        "Eine Kappe",
        "Acme",
        "Hats",
        "Red",
        "unisex",
        "S",
        "5.00",
        ("https://cdn.example/2.jpg",),
        False,
    ),
)


def table_of(path, columns, dicts):
    """A table as the reader of tables gives it."""

    def stream(keep):
        for line, fields in enumerate(dicts, 2):
            yield Row(line, {key: value for key, value in fields.items() if keep is None or key in keep})

    return Table(path, list(columns), "table", stream)


def read_csv(path, text, delimiter=","):
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return table_of(path, reader.fieldnames, list(reader))


def write_csv(columns, rows, delimiter=","):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def google_values(shop):
    return [
        ("id", shop.id),
        ("title", shop.title),
        ("description", shop.description),
        ("link", f"https://shop.example/{shop.id}"),
        ("image_link", shop.pictures[0]),
        *(("additional_image_link", picture) for picture in shop.pictures[1:]),
        ("price", f"{shop.price} EUR"),
        ("availability", "in_stock" if shop.in_stock else "out of stock"),
        ("brand", shop.brand),
        ("product_type", shop.category),
        ("gender", shop.gender),
        ("color", shop.colour),
        ("size", shop.size),
        ("condition", "new"),
    ]


def google_rss(products):
    items = "".join(
        "<item>"
        + "".join(f"<g:{name}>{escape(value)}</g:{name}>\n" for name, value in google_values(shop))
        + "<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping></item>\n"
        for shop in products
    )
    head = "<title>Shop</title><link>https://shop.example</link><description>All</description>"
    return (
        f'<?xml version="1.0"?>\n<rss xmlns:g="{GOOGLE_SPACE}" version="2.0"><channel>{head}\n{items}</channel></rss>'
    )


def google_atom(products):
    entries = ""
    for shop in products:
        values = dict(google_values(shop))
        entries += (
            f"<entry><title>{escape(shop.title)}</title><id>{shop.id}</id><link href={quoteattr(values['link'])}/>"
            f"<summary>{escape(shop.description)}</summary><updated>2026-01-01T00:00:00Z</updated>"
        )
        rest = [
            (name, value) for name, value in google_values(shop) if name not in ("id", "title", "description", "link")
        ]
        entries += "".join(f"<g:{name}>{escape(value)}</g:{name}>" for name, value in rest) + "</entry>\n"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="{GOOGLE_SPACE}">'
        f"<title>Shop</title><id>tag:shop.example</id>\n{entries}</feed>"
    )


def google_tsv(products):
    columns = list(dict(google_values(products[0])))
    rows = []
    for shop in products:
        row = dict(google_values(shop))
        row["additional_image_link"] = ",".join(shop.pictures[1:])
        rows.append(row)
    return write_csv(columns, rows, "\t")


SHOPIFY_OLD = {
    "handle": "Handle",
    "title": "Title",
    "description": "Body (HTML)",
    "brand": "Vendor",
    "taxonomy": "Product Category",
    "type": "Type",
    "tags": "Tags",
    "published": "Published",
    "option": "Option{} {}",
    "sku": "Variant SKU",
    "tracker": "Variant Inventory Tracker",
    "stock": "Variant Inventory Qty",
    "price": "Variant Price",
    "image": "Image Src",
    "position": "Image Position",
    "variant_image": "Variant Image",
    "gender": "Google Shopping / Gender",
    "status": "Status",
}
SHOPIFY_NEW = SHOPIFY_OLD | {
    "handle": "URL handle",
    "description": "Description",
    "taxonomy": "Product category",
    "published": "Published on online store",
    "option": "Option{} {}",
    "sku": "SKU",
    "tracker": "Inventory tracker",
    "stock": "Inventory quantity",
    "price": "Price",
    "image": "Product image URL",
    "position": "Image position",
    "variant_image": "Variant image URL",
}


def shopify_csv(products, names=SHOPIFY_OLD):
    word = (lambda text: text) if names is SHOPIFY_OLD else str.lower
    option = {(at, what): names["option"].format(at, word(what)) for at in (1, 2) for what in ("Name", "Value")}
    columns = [*(name for key, name in names.items() if key != "option"), *option.values()]
    rows = []
    for shop in products:
        row = {
            names["title"]: shop.title,
            names["description"]: f"<p>{escape(shop.description)}</p>",
            names["brand"]: shop.brand,
            names["type"]: shop.category,
            names["tags"]: "summer, linen",
            names["published"]: "TRUE",
            names["gender"]: shop.gender,
            names["status"]: "active",
            option[1, "Name"]: "Color",
            option[1, "Value"]: shop.colour,
            option[2, "Name"]: "Size",
            option[2, "Value"]: shop.size,
            names["price"]: shop.price,
            names["tracker"]: "shopify",
            names["stock"]: "3" if shop.in_stock else "0",
        }
        for position, picture in enumerate(shop.pictures, 1):
            rows.append({names["handle"]: shop.id, names["image"]: picture, names["position"]: str(position), **row})
            row = {}
    return write_csv(columns, rows)


WOO_COLUMNS = (
    "ID,Type,SKU,Name,Published,Is featured?,Visibility in catalog,Short description,Description,Tax status,In stock?,"
    "Stock,Weight (kg),Sale price,Regular price,Categories,Tags,Shipping class,Images,Parent,Brands,Attribute 1 name,"
    "Attribute 1 value(s),Attribute 1 visible,Attribute 2 name,Attribute 2 value(s),Attribute 3 name,"
    "Attribute 3 value(s),Meta: _seo"
)


def woo_row(shop, **more):
    return {
        "ID": shop.id,
        "Type": "simple",
        "SKU": f"sku-{shop.id}",
        "Name": shop.title,
        "Published": "1",
        "Visibility in catalog": "visible",
        "Description": f"<p>{escape(shop.description)}</p>\\n",
        "In stock?": "1" if shop.in_stock else "0",
        "Regular price": shop.price.replace(".", ","),
        "Categories": shop.category,
        "Tags": "summer, linen",
        "Images": ", ".join(shop.pictures),
        "Brands": shop.brand,
        "Attribute 1 name": "Color",
        "Attribute 1 value(s)": shop.colour,
        "Attribute 2 name": "Size",
        "Attribute 2 value(s)": shop.size,
        "Attribute 3 name": "Gender",
        "Attribute 3 value(s)": shop.gender,
        **more,
    }


def woo_csv(rows):
    return write_csv(WOO_COLUMNS.split(","), rows)


def save(path, text):
    """Write a file, packed if its name says so."""
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path
