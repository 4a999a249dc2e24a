# SPDX-License-Identifier: Apache-2.0
"""The two ends that the tests of the browsers' server need: a fake main thread and a client."""
import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess

import websockets

FAKE_MAIN = os.environ['FAKE_MAIN']
WAIT_S = 20  # bounds every wait; generous, as sanitized builds on busy machines are slow
with open(FAKE_MAIN, 'rb') as binary:
    CODE = binary.read()
IS_SANITIZED = b'__asan_init' in CODE or b'__tsan_init' in CODE  # their memory tells nothing
RAW, ENV, SWEEP, BACKFILL, TEMPLATE = 1, 2, 3, 5, 6
GAP, LAST = 1, 16


class Frame:
    def __init__(self, data):
        (self.type, self.flags, self.header, self.seq, self.first, self.channels, self.count,
         self.level, self.format, self.tag, self.step, self.made_ms) = \
            struct.unpack_from('<BBHIQHHBBHfI', data)
        size = {ENV: 4, BACKFILL: 4}.get(self.type, 2)
        assert len(data) == self.header + self.channels * self.count * size, 'length as stated'
        self.end = self.first + (self.count << self.level)


class Fake:
    """tests/fakes/fake_main with a free port, driven by lines."""

    @classmethod
    async def start(cls, *arguments):
        self = cls()
        self.process = await asyncio.create_subprocess_exec(
            FAKE_MAIN, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = await self.line()
        assert line.startswith('port '), line
        self.port = int(line.split()[1])
        self.scheme = 'wss' if any(a.startswith('certificate=') for a in arguments) else 'ws'
        return self

    async def line(self):
        return (await asyncio.wait_for(self.process.stdout.readline(), WAIT_S)).decode().strip()

    def say(self, *lines):
        self.process.stdin.write(''.join(line + '\n' for line in lines).encode())

    async def settle(self, *lines):
        """Says the lines and waits until the server has taken what came of them; returns what the
        fake printed meanwhile."""
        self.say(*lines, 'sync')
        seen = []
        while (line := await self.line()) != 'synced':
            assert line or self.process.returncode is None
            seen.append(line)
        return seen

    @contextlib.contextmanager
    def held(self):
        """Meanwhile it does nothing, and what is said to it gathers."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def rss_kib(self):
        with open(f'/proc/{self.process.pid}/status') as status:
            return next(int(line.split()[1]) for line in status if line.startswith('VmRSS'))

    async def stop(self):
        if self.process.returncode is None:
            self.say('quit')
            self.process.stdin.close()
        code = await asyncio.wait_for(self.process.wait(), WAIT_S)
        assert code == 0, f'fake_main ended with {code}'


class Client:
    """A display. Keeps what it has received in order; waits are for a condition, never for a time."""

    def __init__(self, ws):
        self.ws = ws
        self.hello = None
        self.newest_seq = None

    @classmethod
    async def open(cls, fake, hi=True, rcvbuf=None, **options):
        options.setdefault('subprotocols', ['lsrd.v1'])
        options.setdefault('max_size', None)
        if rcvbuf:
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ('127.0.0.1', fake.port))
            options['sock'] = sock
        ws = await asyncio.wait_for(websockets.connect(
            f'{fake.scheme}://127.0.0.1:{fake.port}/ws', ping_interval=None, close_timeout=1,
            **options), WAIT_S)
        self = cls(ws)
        if hi is not False:
            await self.send(t='hi', **({} if hi is True else hi))
            self.hello = await self.text('hello')
        return self

    async def send(self, **message):
        await self.ws.send(json.dumps(message))

    async def receive(self):
        # A timer for each of ten thousand messages would be most of a test's time.
        data = await (self.ws.recv() if self.ws.messages else
                      asyncio.wait_for(self.ws.recv(), WAIT_S))
        if isinstance(data, str):
            return json.loads(data)
        frame = Frame(data)
        if frame.type == ENV:
            self.newest_seq = frame.seq
        return frame

    async def text(self, t, **fields):
        """The next text of type t with these fields; others are passed over."""
        while True:
            message = await self.receive()
            if isinstance(message, dict) and message['t'] == t and \
                    all(message.get(k) == v for k, v in fields.items()):
                return message

    async def frame(self, kind):
        while True:
            message = await self.receive()
            if isinstance(message, Frame) and message.type == kind:
                return message

    async def findings(self, count):
        ids = []
        for i in range(count):
            if i % 500 == 0:
                await self.ack()  # a busy machine may take its time over ten thousand
            ids.append((await self.text('finding'))['id'])
        return ids

    async def ack(self, **fields):
        await self.send(t='ack', seq=self.newest_seq, visible=True, audio='on', **fields)

    async def command(self, number, op, **fields):
        await self.send(t='cmd', id=number, op=op, **fields)
        return await self.text('reply', id=number)

    async def closed(self):
        """Reads to the end; returns the close code and the reason that bye gave."""
        reason = None
        try:
            while True:
                message = await self.receive()
                if isinstance(message, dict) and message['t'] == 'bye':
                    reason = message['reason']
        except websockets.ConnectionClosed as end:
            return end.code, reason

    async def close(self):
        await self.ws.close()


async def request(fake, text):
    """One HTTP exchange in plain bytes: status line and whole answer."""
    reader, writer = await asyncio.open_connection('127.0.0.1', fake.port)
    writer.write(text.replace('\n', '\r\n').encode())
    answer = await asyncio.wait_for(reader.read(-1), WAIT_S)
    writer.close()
    head, _, body = answer.partition(b'\r\n\r\n')
    return head.decode(), body
