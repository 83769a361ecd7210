"""A provider of card payments for the tests: localstripe, and a page where parents pay.

usage: card_server.py PORT

localstripe knows cards, payments, refunds and signed events, as Stripe does. What it doesn't know is
beside it here: Checkout Sessions with their page (/c/pay/...), keys by which a request that comes
again is done once, and that nothing is given back twice. Listens on 127.0.0.1. Ends when its standard
input does, so it can't outlive the tests.

A test that wants something to fail says so for its own secret key:
POST /_config/faults {"key": ..., "down": bool, "lose": n, "refuse_refunds": n, "amount": n,
"uncaptured": bool, "instead": "cs_..."}
"""

import html
import sys
import threading
import time
import os

from aiohttp import web
from localstripe import resources, server, webhooks
from localstripe.errors import UserError
from localstripe.resources import Event, PaymentIntent, PaymentMethod, StripeObject

HALF_AN_HOUR, DAY = 30 * 60, 24 * 60 * 60
# What a session lasts is compared with a clock that may be a little behind.
SLACK = 60

FAULTS = {}
ANSWERED = {}

# Two runs on one machine don't meet.
resources.Store.dump_to_disk = lambda store: None


def refuse(unless, message="Bad request"):
    if not unless:
        raise UserError(400, message)


class CheckoutSession(StripeObject):
    """What docs.stripe.com/api/checkout/sessions says of a payment by card, and no more of it."""

    object = "checkout.session"
    _id_prefix = "cs_test_"

    def __init__(
        self,
        mode=None,
        line_items=None,
        payment_method_types=None,
        client_reference_id=None,
        metadata=None,
        payment_intent_data=None,
        expires_at=None,
        success_url=None,
        cancel_url=None,
        locale=None,
        **more,
    ):
        refuse(not more, "Received unknown parameters: " + ", ".join(more))
        refuse(mode == "payment" and type(line_items) is list and len(line_items) == 1)
        refuse(payment_method_types == ["card"])
        item = line_items[0]
        refuse(set(item) == {"price_data", "quantity"} and item["quantity"] == "1")
        price = item["price_data"]
        refuse(set(price) == {"currency", "unit_amount", "product_data"})
        refuse(price["product_data"].get("name"))
        amount, expires_at = int(price["unit_amount"]), int(expires_at or time.time() + DAY)
        refuse(amount > 0 and len(price["currency"]) == 3)
        lasts = expires_at - time.time()
        refuse(lasts >= HALF_AN_HOUR - SLACK, "`expires_at` must be at least 30 minutes away")
        refuse(lasts <= DAY + SLACK, "`expires_at` must be less than 24 hours away")
        refuse(success_url and success_url.startswith("https://"))
        data = payment_intent_data or {}
        refuse(set(data) <= {"metadata", "description"})
        refuse(len(client_reference_id or "") <= 200)
        super().__init__()
        self.mode, self.amount_total, self.currency = mode, amount, price["currency"]
        self.client_reference_id = client_reference_id
        self.metadata = metadata or {}
        self.expires_at, self.success_url, self.cancel_url = expires_at, success_url, cancel_url
        self.payment_method_types = payment_method_types
        self.status, self.payment_status, self.payment_intent = "open", "unpaid", None
        self.locale = locale
        self._data, self._host, self._key = data, None, None

    @property
    def url(self):
        # It leads nowhere once nobody can pay there any more.
        return f"{self._host}/c/pay/{self.id}" if self.status == "open" else None

    @classmethod
    def _api_expire(cls, id):
        session = cls._api_retrieve(id)
        refuse(session.status == "open", "Only Checkout Sessions with a status in [\"open\"]")
        session.status = "expired"
        return session

    def _pay(self, number):
        """Somebody types a card on the page."""
        refuse(self.status == "open", "This page is over")
        if time.time() >= self.expires_at:
            self.status = "expired"
            raise UserError(400, "This page is over")
        fault = FAULTS.get(self._key, {})
        intent = PaymentIntent(
            amount=fault.get("amount", self.amount_total),
            currency=self.currency,
            metadata=dict(self._data.get("metadata") or {}),
            payment_method_types=["card"],
            capture_method="manual" if fault.get("uncaptured") else None,
        )
        card = {"number": number, "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        intent.payment_method = PaymentMethod(type="card", card=card).id
        # A card that is declined raises, and the page waits for another.
        PaymentIntent._api_confirm(intent.id)
        self.payment_intent, self.status = intent.id, "complete"
        self.payment_status = "paid"
        webhooks.schedule_webhook(Event("checkout.session.completed", self))


async def create(request):
    data = await server.get_post_data(request) or {}
    expand = data.pop("expand", None)
    session = CheckoutSession(**data)
    session._host = f"http://{request.host}"
    session._key = server.get_api_key(request)
    return server.json_response(session._export(expand=expand))


def expire(id=None):
    return CheckoutSession._api_expire(id)


PAGE = """<!doctype html><title>Pay</title><h1>{amount} {currency}</h1><p>{said}</p>
<form method="post"><label>Card number <input name="number"></label><button>Pay</button></form>"""


async def page(request):
    session = CheckoutSession._api_retrieve(request.path.rsplit("/", 1)[1])
    said, status = "", 200
    if request.method == "POST":
        try:
            session._pay((await request.post()).get("number", "").replace(" ", ""))
            raise web.HTTPSeeOther(session.success_url)
        except UserError as error:
            said, status = error.body["error"].get("message", ""), 402
    elif session.status != "open":
        said, status = "This page is over", 410
    words = {"amount": session.amount_total, "currency": session.currency, "said": said}
    text = PAGE.format(**{name: html.escape(str(word)) for name, word in words.items()})
    return web.Response(text=text, status=status, content_type="text/html")


async def set_faults(request):
    faults = await request.json()
    FAULTS[faults.pop("key")] = faults
    return web.Response()


@web.middleware
async def outer(request, handler):
    """What stands before localstripe's own: pages without a key, and what a test lets fail."""
    if request.path.startswith("/c/pay/"):
        try:
            return await page(request)
        except UserError as error:
            return error.to_response()
    if request.path == "/_config/faults":
        return await set_faults(request)
    fault = FAULTS.get(server.get_api_key(request), {})
    if fault.get("down"):
        request.transport.abort()
        return web.Response(status=503)
    if request.method == "GET" and fault.get("instead"):
        other = CheckoutSession._api_retrieve(fault["instead"])
        return server.json_response(other._export(expand=["payment_intent.latest_charge"]))
    answer = await handler(request)
    if request.method == "POST" and fault.get("lose", 0) > 0:
        # It was done, and nobody hears of it.
        fault["lose"] -= 1
        request.transport.abort()
    return answer


@web.middleware
async def inner(request, handler):
    """What stands between the sign-in and localstripe: keys of requests, and refunds."""
    key, again = server.get_api_key(request), request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return await handler(request)
    asked = (request.path, await request.read())
    if again and (key, again) in ANSWERED:
        before, answer = ANSWERED[key, again]
        if before != asked:
            return server.json_response(
                {"error": {"type": "idempotency_error", "message": "another request had this key"}},
                status=400,
            )
        status, body = answer
        headers = {"Idempotent-Replayed": "true"}
        return web.Response(
            body=body, status=status, content_type="application/json", headers=headers
        )
    answer = await refund(request, handler, key) if request.path == "/v1/refunds" else None
    try:
        answer = answer or await handler(request)
    except UserError as error:
        answer = error.to_response()
    if again:
        ANSWERED[key, again] = (asked, (answer.status, answer.body))
    return answer


async def refund(request, handler, key):
    fault = FAULTS.get(key, {})
    if fault.get("refuse_refunds", 0) > 0:
        fault["refuse_refunds"] -= 1
        error = {"type": "invalid_request_error", "code": "balance_insufficient"}
        return server.json_response({"error": error}, status=400)
    data = await server.get_post_data(request) or {}
    intent = PaymentIntent._api_retrieve(data.get("payment_intent", ""))
    if intent.latest_charge is not None and intent.latest_charge.refunded:
        error = {"type": "invalid_request_error", "code": "charge_already_refunded"}
        return server.json_response({"error": error}, status=400)
    return None


def main():
    resources.store.clear()
    app, sessions = server.app, "/v1/checkout/sessions"
    app.router.add_post(sessions, create)
    app.router.add_get(sessions + "/{id}", server.api_retrieve(CheckoutSession, sessions))
    app.router.add_post(sessions + "/{id}/expire", server.api_extra(expire, sessions))
    app.middlewares.insert(0, outer)
    app.middlewares.append(inner)

    def end():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


main()
