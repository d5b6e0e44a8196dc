"""One connection to a hub (sections 2 to 5, 12 to 14, 18 and 20)."""

import contextlib
import time

import formats
from device import AnotherStream, Waits
from messages import sync
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

LIMIT = 4 << 20


class Failed(Exception):
    """The hub ended the session with a Failure."""

    def __init__(self, failure):
        super().__init__(f"{sync.FailureCode.Name(failure.code)}: {failure.message}")
        self.code = failure.code


class Forked(Exception):
    """The stream goes on under another site; connect again."""


def _open(url):
    return connect(url, subprotocols=["converge.v1"], compression=None, max_size=LIMIT, open_timeout=10)


def _send(socket, **body):
    # A connection that is closed already may have left a Failure to be read: receiving tells, not sending.
    with contextlib.suppress(ConnectionClosed):
        socket.send(sync.Frame(messages=[sync.Message(**body)]).SerializeToString())


def enrol(url, device, code, name):
    """Becomes a replica (section 4)."""
    with _open(url) as socket:
        public = device.key.public_key().public_bytes_raw()
        _send(socket, enrol=sync.Enrol(protocol=1, code=code, public_key=public, device_name=name))
        for message in sync.Frame.FromString(socket.recv(timeout=30)).messages:
            if message.WhichOneof("body") == "failure":
                raise Failed(message.failure)
            if message.WhichOneof("body") == "enrolled":
                device.enrolled(message.enrolled)
                return
        raise formats.FormatError("neither Enrolled nor Failure came")


class Session:
    """An open session. Use it in a `with`; `pump` and what builds on it apply what arrives."""

    def __init__(self, url, device, app="python example 1", private_key=None):
        self.device, self.url, self.app = device, url, app
        self.private_key = private_key or device.key
        self.waiting, self.verdicts, self.receipts, self.digests = [], {}, {}, {}
        self.live, self.resend = 0, None
        self.is_complete = False
        self.requests = 0
        self.deferred = []
        """Changes that wait for receipts, in order (section 17)."""

    def __enter__(self):
        self.socket = _open(self.url)
        try:
            self._handshake()
        except BaseException:
            self.socket.close()
            raise
        return self

    def __exit__(self, *_):
        self.socket.close(1000)

    def _handshake(self):
        state = self.device.state
        hello = sync.Hello(
            protocol_minimum=1, protocol_maximum=1, replica=self.device.bytes_of("replica"), site=state["site"],
            epoch=state["epoch"], schema_version=self.device.schema.version, last_counter=state["last_counter"],
            last_root=self.device.bytes_of("last_root"), cursor=self.device.bytes_of("cursor"), app=self.app,
            sent_milliseconds=int(time.time() * 1000))
        t1 = time.monotonic()
        _send(self.socket, hello=hello)
        challenge = self._next("challenge").challenge
        self.device.note_time(t1, challenge.received_milliseconds, challenge.sent_milliseconds, time.monotonic())
        if challenge.hub != self.device.bytes_of("hub"):
            raise formats.FormatError("another hub answers at this address")
        message = formats.proof_message(challenge.hub, hello.replica, challenge.nonce)
        _send(self.socket, proof=sync.Proof(signature=self.private_key.sign(message)))
        welcome = self._next("welcome").welcome
        state["role"] = welcome.role
        self.welcome = welcome
        if welcome.epoch > state["epoch"]:
            self.device.recall(welcome.epoch, welcome.kept)
            self._hand_in()
        self.device.note_safe(welcome.safe)

    def _hand_in(self):
        """Gives a restored hub what it has lost, before it sends anything (section 25)."""
        self.upload_outbox()
        for salvage in self.device.lost_cells():
            _send(self.socket, salvage=salvage)
            try:
                if self._next("salvaged").salvaged.last:
                    break
            except Failed as failed:
                if failed.code == sync.MALFORMED:
                    self.device.drop_refused(salvage)
                raise
        self.device.enter()

    def _receive(self, timeout):
        if not self.waiting:
            self.waiting = list(sync.Frame.FromString(self.socket.recv(timeout=timeout)).messages)
        return self.waiting.pop(0) if self.waiting else sync.Message()

    def _next(self, kind):
        while True:
            message = self._receive(30)
            got = message.WhichOneof("body")
            if got == kind:
                return message
            self._handle(message, got)

    def _handle(self, message, kind):
        if kind == "failure":
            raise Failed(message.failure)
        if kind == "fork":
            self.device.recall(message.fork.epoch, message.fork.kept)
            self.device.fork(message.fork.site)
            raise Forked()
        if kind == "changes":
            self.deferred.append(message.changes)
            self._apply_deferred()
        elif kind == "verdicts":
            for receipt in message.verdicts.receipts:
                identity, verdicts = self.device.receive_receipt(receipt)
                self.verdicts[identity] = verdicts
                self.receipts[identity] = receipt.SerializeToString()
            self._apply_deferred()
        elif kind == "digests":
            self.digests[message.digests.request] = message.digests
        elif kind == "resend":
            self.resend = message.resend.from_counter
            self.upload([e for e in self.device.state["outbox"] if e["counter"] >= self.resend])
        elif kind == "time_request":
            now = int(time.time() * 1000)
            _send(self.socket, time_reply=sync.TimeReply(
                request_sent_milliseconds=message.time_request.sent_milliseconds,
                received_milliseconds=now, sent_milliseconds=now))
        # Anything else is of a later version, and asks for nothing here.

    def _apply_deferred(self):
        while self.deferred:
            changes = self.deferred[0]
            try:
                self.device.apply(changes)
            except Waits:
                return
            except AnotherStream:
                raise Forked() from None  # The next Hello shows the hub; it answers with a site.
            self.deferred.pop(0)
            self.live += changes.live
            self.is_complete = self.is_complete or changes.HasField("complete")
            _send(self.socket, confirm=sync.Confirm(
                cursor=changes.cursor, last_counter=self.device.state["last_counter"]))

    def pump(self, until, seconds=30):
        """Handles what arrives until a condition holds."""
        deadline = time.monotonic() + seconds
        while not until():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the hub did not send what was expected")
            try:
                message = self._receive(left)
            except TimeoutError:
                continue
            self._handle(message, message.WhichOneof("body"))

    def catch_up(self):
        self.pump(lambda: self.is_complete or self.deferred)
        if not self.is_complete:
            # What came waits for verdicts on what is in the outbox.
            self.upload_outbox()
            self.pump(lambda: self.is_complete)

    def upload(self, entries):
        """Sends changesets in order, within the window, and waits for their verdicts."""
        entries = list(entries)
        window = self.welcome.upload_window or 2 << 20
        while entries:
            upload, size, sent = sync.Upload(), 0, []
            while entries and len(sent) < 1000:
                length = len(entries[0]["changeset"]) // 2
                if sent and size + length > min(window, 128 << 10):
                    break
                size += length
                sent.append(entries.pop(0))
                upload.envelopes.append(self.device.envelope(sent[-1]))
            for entry in sent:
                self.verdicts.pop(entry["identity"], None)
            _send(self.socket, upload=upload)
            self.pump(lambda: all(entry["identity"] in self.verdicts for entry in sent))

    def upload_outbox(self):
        self.upload(self.device.envelopes(self.welcome.last_counter))

    def exchange_time(self):
        t1 = time.monotonic()
        _send(self.socket, time_request=sync.TimeRequest(sent_milliseconds=int(time.time() * 1000)))
        reply = self._next("time_reply").time_reply
        self.device.note_time(t1, reply.received_milliseconds, reply.sent_milliseconds, time.monotonic())

    def compare_digests(self):
        """True if hub and device hold the same; asks again while commits come between."""
        for _ in range(20):
            self.requests += 1
            _send(self.socket, digest_request=sync.DigestRequest(request=self.requests))
            self.pump(lambda: self.requests in self.digests)
            answer = self.digests.pop(self.requests)
            if tuple(self.device.state["basis"]) > (answer.at.epoch, answer.at.number):
                continue
            theirs = answer.scopes[0]
            mine = self.device.digest()
            return (theirs.rows, theirs.cells, theirs.sum) == mine, mine
        raise TimeoutError("the hub is never quiet")
