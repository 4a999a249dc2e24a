#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Watches a running lsrd: watch.py [ws://localhost:8080/ws] [TOKEN]. Needs python3-websockets."""
import asyncio
import json
import struct
import sys

import websockets


def show(message):
    if message['t'] == 'hello':
        names = ' '.join(channel['label'] for channel in message['channels'])
        print(f"hello: {message['kind']} from {message['source']}, {message['rate_hz']} Hz: {names}")
    elif message['t'] == 'finding':
        print(f"finding {message['id']}: {json.dumps(message['f'], ensure_ascii=False)}")
    elif message['t'] == 'bye':
        print(f"bye: {message['reason']}: {message['text']}")


async def main(url='ws://localhost:8080/ws', token=''):
    async with websockets.connect(url, subprotocols=['lsrd.v1'], max_size=None) as ws:
        await ws.send(json.dumps({'t': 'hi', 'name': 'watch.py', 'token': token, 'resume': None}))
        await ws.send(json.dumps({'t': 'sub', 'wave': {'level': 8}, 'sweeps': True}))
        newest = {'seq': None, 'sample': None}

        async def acknowledge():  # without it the server stops the waves, then closes
            while True:
                await ws.send(json.dumps({'t': 'ack', 'visible': True, 'audio': 'off', **newest}))
                await asyncio.sleep(0.25)
        acknowledging = asyncio.create_task(acknowledge())
        async for data in ws:
            if isinstance(data, str):
                show(json.loads(data))
                continue
            kind, flags, header, seq, first, channels, count, level = struct.unpack_from('<BBHIQHHB', data)
            if kind == 2:  # WAVE_ENV: per channel `count` pairs (min, max), each of 2^level samples
                newest.update(seq=seq, sample=first + (count << level))
            elif kind == 3:  # SWEEP: the samples around one stimulus of one channel
                print(f'sweep: channel {struct.unpack_from("<H", data, 42)[0]}, {count} samples')
        acknowledging.cancel()

asyncio.run(main(*sys.argv[1:3]))
