"""What Slack documents of incoming webhooks and of chat.postMessage and chat.update, enforced.

The rules, with where docs.slack.dev has them:
  messaging/sending-messages-using-incoming-webhooks   POST of JSON; "ok", or 400 invalid_payload, 404 no_service
  apis/web-api/rate-limits                             a message a second; 429 with Retry-After beyond
  apis/web-api/using-the-slack-web-api                 Authorization: Bearer; 200 with {"ok":false,"error":…}
  reference/methods/chat.postMessage, chat.update      channel, text or blocks; ts; thread_ts; message_not_found
  reference/block-kit/blocks                           50 blocks; header 150; section 3,000; 10 fields of 2,000
  messaging/formatting-message-text                    & < > are escaped; <…> is a link or a mention
"""
import json
import re
import time

HOOK, TOKEN, CHANNEL = "/services/T0/B0/sesame-open", "xoxb-sesame", "C0123456"


def wrong_text(element, most, kinds):
    if not isinstance(element, dict) or element.get("type") not in kinds:
        return "text of the wrong type"
    text = element.get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        return "text of %s characters" % (len(text) if isinstance(text, str) else "no")
    if element["type"] == "mrkdwn":
        for inside in re.findall(r"<([^>]*)>?", text):
            if not re.fullmatch(r"https?://[^|<>]*\|[^<>]*", inside):
                return "<%s>" % inside[:40]
        if re.search(r"&(?!amp;|lt;|gt;)", text):
            return "& that is not escaped"
    return None


def wrong_block(block):
    kind = block.get("type")
    if kind == "header":
        return wrong_text(block.get("text"), 150, ["plain_text"])
    if kind == "section":
        if "text" not in block and not block.get("fields"):
            return "a section without text and fields"
        found = wrong_text(block["text"], 3000, ["mrkdwn", "plain_text"]) if "text" in block else None
        fields = block.get("fields", [])
        if len(fields) > 10:
            return "%d fields" % len(fields)
        return found or next((w for w in (wrong_text(f, 2000, ["mrkdwn", "plain_text"]) for f in fields) if w), None)
    return None if kind in ("divider", "context", "actions") else "a block of the type %s" % kind


def wrong_message(message):
    blocks = message.get("blocks", [])
    if not blocks and not message.get("text"):
        return "no_text"
    if len(message.get("text", "")) > 40000:
        return "msg_too_long"
    if len(blocks) > 50:
        return "invalid_blocks"
    return "invalid_blocks" if any(wrong_block(block) for block in blocks) else None


class Contract:
    def __init__(self):
        self.last = 0
        self.messages = {}
        self.count = 0

    def too_fast(self):
        now = time.monotonic()
        fast, self.last = now - self.last < 0.5, now
        return fast

    def answer(self, path, headers, body):
        if self.too_fast():
            return 429, {"ok": False, "error": "ratelimited"}, [("Retry-After", "1")]
        try:
            message = json.loads(body)
        except ValueError:
            return 400, "invalid_payload", ()
        if path.startswith("/services/"):
            if path != HOOK:
                return 404, "no_service", ()
            wrong = wrong_message(message)
            return (400, "invalid_payload" if wrong != "no_text" else wrong, ()) if wrong else (200, "ok", ())
        return 200, self.method(path.rsplit("/", 1)[-1], headers, message), ()

    def method(self, name, headers, message):
        def no(error):
            return {"ok": False, "error": error}
        if headers.get("Authorization") != "Bearer " + TOKEN:
            return no("invalid_auth")
        # The name is taken as well as the id; the answer has the id.
        if message.get("channel") not in (CHANNEL, "#ops"):
            return no("channel_not_found")
        wrong = wrong_message(message)
        if wrong:
            return no(wrong)
        if name == "chat.update":
            if message["channel"] != CHANNEL or message.get("ts") not in self.messages:
                return no("message_not_found")
            self.messages[message["ts"]] = message
            return {"ok": True, "channel": CHANNEL, "ts": message["ts"]}
        if name != "chat.postMessage":
            return no("unknown_method")
        if "thread_ts" in message and message["thread_ts"] not in self.messages:
            return no("thread_not_found")
        self.count += 1
        ts = "1700000000.%06d" % self.count
        if "thread_ts" not in message:
            self.messages[ts] = message
        return {"ok": True, "channel": CHANNEL, "ts": ts}
