"""Line items: what is bought, how many, at what price."""

from decimal import Decimal

from sandbox.stripe import money
from sandbox.stripe.context import Call
from sandbox.stripe.errors import invalid, missing, no_such, not_simulated
from sandbox.stripe.ids import new_id
from sandbox.stripe.metadata import merged_metadata
from sandbox.stripe.store import Json
from sandbox.stripe.urls import check_url

MOST_ITEMS = 100
MOST_QUANTITY = 999_999_999


def read_items(call: Call) -> list[Json]:
    """The line items of a session that is made, checked. Raises ApiError."""
    wanted = call.param("line_items")
    if not wanted:
        raise missing("line_items")
    if len(wanted) > MOST_ITEMS:
        raise invalid(
            f"You can pass at most {MOST_ITEMS} line items, and passed {len(wanted)}.", "line_items"
        )
    items = [_item(call, item, f"line_items[{index}]") for index, item in enumerate(wanted)]
    currencies = sorted({item["currency"] for item in items})
    if len(currencies) > 1:
        raise invalid(
            f"All line items of a Checkout Session must have the same currency; you passed"
            f" {' and '.join(currencies)}.",
            "line_items",
        )
    return items


def _item(call: Call, wanted: Json, param: str) -> Json:
    for name in ("adjustable_quantity", "tax_rates"):
        if wanted.get(name):
            raise not_simulated(f"the parameter {param}[{name}]", f"{param}[{name}]")
    if wanted.get("price") and wanted.get("price_data"):
        raise invalid(
            "You may only specify one of these parameters: price, price_data.", f"{param}[price]"
        )
    if wanted.get("price"):
        raise no_such("price", wanted["price"], f"{param}[price]")
    if not wanted.get("price_data"):
        raise missing(f"{param}[price_data]")
    quantity = _quantity(wanted, param)
    price = _price(call, wanted["price_data"], f"{param}[price_data]")
    amount = _amount(price, quantity)
    return {
        "id": new_id("li", 24),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": wanted["price_data"]["product_data"]["name"],
        "metadata": merged_metadata({}, wanted.get("metadata", {})),
        "price": price,
        "quantity": quantity,
    }


def _quantity(wanted: Json, param: str) -> int:
    if "quantity" not in wanted:
        raise missing(f"{param}[quantity]")
    quantity = int(wanted["quantity"])
    if quantity < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            f"{param}[quantity]",
            "parameter_invalid_integer",
        )
    if quantity > MOST_QUANTITY:
        raise invalid(
            f"This value must be less than or equal to {MOST_QUANTITY}.",
            f"{param}[quantity]",
            "parameter_invalid_integer",
        )
    return quantity


def _price(call: Call, data: Json, param: str) -> Json:
    if data.get("recurring"):
        raise invalid(
            "You cannot use recurring prices in `payment` mode. Use `subscription` mode instead.",
            f"{param}[recurring]",
        )
    product_id = _product(data, param)
    amount, decimal = _unit_amount(data, param)
    name = money.currency(data["currency"], f"{param}[currency]")
    return {
        "id": new_id("price", 24),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": call.now,
        "currency": name,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product_id,
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": decimal,
    }


def _product(data: Json, param: str) -> str:
    if data.get("product") and data.get("product_data"):
        raise invalid("You may only specify one of these parameters: product, product_data.", param)
    if data.get("product"):
        raise no_such("product", data["product"], f"{param}[product]")
    if not data.get("product_data"):
        raise missing(f"{param}[product_data]")
    product = data["product_data"]
    for index, image in enumerate(product.get("images", [])):
        check_url(image, f"{param}[product_data][images][{index}]")
    if len(product.get("images", [])) > 8:
        raise invalid("You can pass at most 8 images.", f"{param}[product_data][images]")
    return new_id("prod", 14)


def _unit_amount(data: Json, param: str) -> tuple[int | None, str]:
    """Whole minor units and their decimal spelling; exactly one of the two parameters is given."""
    whole, decimal = data.get("unit_amount"), data.get("unit_amount_decimal")
    if whole is not None and decimal is not None:
        raise invalid(
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.", param
        )
    if whole is None and decimal is None:
        raise missing(f"{param}[unit_amount]")
    if whole is not None:
        _not_negative(whole < 0, f"{param}[unit_amount]")
        return whole, str(whole)
    value = Decimal(str(decimal))
    _not_negative(value < 0, f"{param}[unit_amount_decimal]")
    return (int(value) if value == value.to_integral_value() else None), str(decimal)


def _not_negative(negative: bool, param: str) -> None:
    if negative:
        raise invalid("Invalid non-negative integer", param, "parameter_invalid_integer")


def _amount(price: Json, quantity: int) -> int:
    total = Decimal(price["unit_amount_decimal"]) * quantity
    return int(total.to_integral_value(rounding="ROUND_HALF_UP"))
