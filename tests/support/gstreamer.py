"""A WHIP encoder and a WHEP player on GStreamer's webrtcbin, for the tests.

Usage: gstreamer.py publish|watch URL TOKEN

publish: sends a test picture (H.264) and a test sound (Opus) until it is told to end.
watch: decodes what it gets and says how much.

Says on standard output, one JSON object a line: {"event": "offer" | "answer" |
"state" | "decoded" | "closed" | "error", ...}. Ends when standard input does.
"""

import json
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PUBLISH = (
    "webrtcbin name=peer bundle-policy=max-bundle "
    "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=15/1 ! "
    "openh264enc complexity=low bitrate=400000 gop-size=15 ! "
    "video/x-h264,profile=constrained-baseline ! h264parse config-interval=-1 ! "
    "rtph264pay aggregate-mode=zero-latency ! "
    "application/x-rtp,media=video,encoding-name=H264,payload=96 ! peer. "
    "audiotestsrc is-live=true wave=ticks ! audioconvert ! audioresample ! "
    "opusenc bitrate=32000 ! rtpopuspay ! "
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! peer."
)
OFFERED_TO_WATCH = (
    "application/x-rtp,media=video,encoding-name=H264,payload=102,clock-rate=90000",
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=103,clock-rate=48000,encoding-params=(string)2",
)

lock = threading.Lock()


def say(event, **more):
    with lock:
        print(json.dumps({"event": event, **more}), flush=True)


class Client:
    def __init__(self, action, url, token):
        self.action, self.url, self.token = action, url, token
        self.resource = None
        self.loop = GLib.MainLoop()
        if action == "publish":
            self.pipeline = Gst.parse_launch(PUBLISH)
            self.peer = self.pipeline.get_by_name("peer")
        else:
            self.pipeline = Gst.Pipeline.new()
            self.peer = Gst.ElementFactory.make("webrtcbin")
            self.peer.set_property("bundle-policy", "max-bundle")
            self.pipeline.add(self.peer)
        self.decoded = {"audio": 0, "video": 0}
        if action == "watch":
            for caps in OFFERED_TO_WATCH:
                self.peer.emit("add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, Gst.Caps.from_string(caps))
            self.peer.connect("pad-added", self.on_stream)
        self.peer.connect("on-negotiation-needed", self.on_negotiation_needed)
        self.peer.connect("notify::connection-state", self.on_state)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _bus, message: self.fail(str(message.parse_error())))

    def run(self):
        threading.Thread(target=self.await_end, daemon=True).start()
        self.pipeline.set_state(Gst.State.PLAYING)
        if self.action == "watch":
            # Without a stream of its own it is not asked to negotiate.
            self.on_negotiation_needed(self.peer)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)

    def await_end(self):
        sys.stdin.read()
        if self.resource:
            say("closed", status=self.request("DELETE", self.resource)[0])
        GLib.idle_add(self.loop.quit)

    def fail(self, reason):
        say("error", reason=reason)
        GLib.idle_add(self.loop.quit)

    def on_negotiation_needed(self, peer):
        peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))

    def on_offer(self, promise):
        promise.wait()
        # The offer lives as long as the reply that it is part of.
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        text = offer.sdp.as_text()
        self.peer.emit("set-local-description", offer, Gst.Promise.new())
        say("offer", sdp=text)
        threading.Thread(target=self.post, args=(text,), daemon=True).start()

    def post(self, offer):
        status, headers, answer = self.request("POST", self.url, offer, "application/sdp")
        say("answer", status=status, sdp=answer)
        if status != 201:
            return self.fail(f"answered {status}")
        self.resource = urllib.parse.urljoin(self.url, headers["location"])
        _, message = GstSdp.SDPMessage.new_from_text(answer)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.peer.emit("set-remote-description", description, Gst.Promise.new())

    def request(self, method, url, body=None, content_type=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        if content_type:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(url, body.encode() if body else None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def on_state(self, peer, _parameter):
        say("state", state=peer.get_property("connection-state").value_nick)

    def on_stream(self, _peer, pad):
        if pad.direction != Gst.PadDirection.SRC:
            return
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        decoder = Gst.parse_bin_from_description(
            "rtph264depay ! h264parse ! openh264dec ! fakesink name=end signal-handoffs=true sync=false"
            if kind == "video"
            else "rtpopusdepay ! opusdec ! fakesink name=end signal-handoffs=true sync=false",
            True,
        )
        decoder.get_by_name("end").connect("handoff", self.on_decoded, kind)
        self.pipeline.add(decoder)
        decoder.sync_state_with_parent()
        pad.link(decoder.get_static_pad("sink"))

    def on_decoded(self, _sink, _buffer, _pad, kind):
        self.decoded[kind] += 1
        if self.decoded[kind] % 10 == 0:
            say("decoded", **self.decoded)


Gst.init(None)
Client(*sys.argv[1:4]).run()
