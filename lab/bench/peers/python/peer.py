"""The peer of `mellm-live bench peer`: what a user would write in Python for the first half of our work.

WHIP in, aiortc's decoder, MediaPipe FaceMesh in video mode on every frame, similarity registration of a 224-px crop to the
first frame by the outer eye corners, OpenCV's DIS flow between the two. It spots nothing, names nothing and sends nothing.

    python peer.py [decode|landmarks|flow]
"""

import asyncio
import os
import sys

import cv2
import numpy as np
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

LEVEL = {"decode": 0, "landmarks": 1, "flow": 2}[sys.argv[1] if len(sys.argv) > 1 else "flow"]
EYES = np.float32([[68, 85], [156, 85]])  # outer eye corners in the crop
connections = {}
if LEVEL:
    import mediapipe as mp  # seconds; not while a stream waits


class Face:
    """One face of one stream."""

    def __init__(self):
        self.mesh = mp.solutions.face_mesh.FaceMesh(static_image_mode=False, max_num_faces=1)
        self.flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self.first = None

    def analyze(self, rgb):
        found = self.mesh.process(rgb).multi_face_landmarks
        if LEVEL < 2 or not found:
            return
        height, width = rgb.shape[:2]
        eyes = np.float32([[found[0].landmark[i].x * width, found[0].landmark[i].y * height] for i in (33, 263)])
        transform, _ = cv2.estimateAffinePartial2D(eyes, EYES)
        crop = cv2.warpAffine(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), transform, (224, 224))
        self.first = crop if self.first is None else self.first
        self.flow.calc(self.first, crop, None)


async def consume(track):
    face = Face() if LEVEL else None
    loop = asyncio.get_running_loop()
    try:
        while True:
            frame = await track.recv()
            if face:
                await loop.run_in_executor(None, lambda picture=frame: face.analyze(picture.to_ndarray(format="rgb24")))
    except MediaStreamError:
        return


async def publish(request):
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.on("track", lambda track: asyncio.ensure_future(consume(track)))
    await connection.setRemoteDescription(RTCSessionDescription(await request.text(), "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    connections[id(connection)] = connection
    return web.Response(
        status=201, text=connection.localDescription.sdp, content_type="application/sdp", headers={"location": f"/whip/{id(connection)}"}
    )


async def end(request):
    await connections.pop(int(request.match_info["id"])).close()
    return web.Response()


async def main():
    app = web.Application()
    app.add_routes([web.post("/whip", publish), web.delete("/whip/{id}", end)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", flush=True)
    while os.getppid() != 1:  # ends with its parent
        await asyncio.sleep(1)


asyncio.run(main())
