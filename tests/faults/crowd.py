"""HTTP clients by the hundred, in a process of their own so that the one who measures is not disturbed.

    crowd.py PORT KIND COUNT    says `ready` when all of them are at it, goes on until its input ends, then says how many
                                whole pages they got

    scraping  each asks for /metrics once, and reads it to its end
    idle      connects, and says nothing
    begun     sends the first byte of a request, and no more
    writing   sends a request byte by byte, one every tenth of a second
    reading   asks for /metrics, and reads nothing of it

Whoever is thrown out comes back at once, except those who got what they asked for.
"""

import asyncio
import re
import socket
import sys

REQUEST = b'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
SMALLEST = 2048  # bytes: no receive buffer is smaller

busy, pages = set(), 0


async def scraping(number, reader, writer):
    global pages
    writer.write(REQUEST)
    busy.add(number)
    head, _, body = (await reader.read()).partition(b'\r\n\r\n')
    length = re.search(rb'Content-Length: (\d+)', head)
    if head.startswith(b'HTTP/1.1 200') and length and int(length[1]) == len(body):
        pages += 1


async def idle(number, reader, _):
    busy.add(number)
    await reader.read()


async def begun(number, reader, writer):
    writer.write(REQUEST[:1])
    busy.add(number)
    await reader.read()


async def writing(number, _, writer):
    for byte in REQUEST * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        busy.add(number)
        await asyncio.sleep(0.1)


async def reading(number, reader, writer):
    writer.write(REQUEST)
    busy.add(number)
    writer.transport.pause_reading()
    while not writer.transport.is_closing():
        await asyncio.sleep(0.5)
        writer.write(b'\r\n')  # tells us when the other side has given up


async def client(kind, number, port):
    while True:
        with socket.socket() as plain:
            plain.setblocking(False)
            if kind == 'reading':
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST)
            try:
                await asyncio.get_running_loop().sock_connect(plain, ('127.0.0.1', port))
                reader, writer = await asyncio.open_connection(sock=plain)
                await globals()[kind](number, reader, writer)
                writer.close()
            except OSError:
                await asyncio.sleep(0.05)
                continue
        if kind == 'scraping':
            return


async def main(port, kind, count):
    clients = [asyncio.create_task(client(kind, number, port)) for number in range(count)]
    while len(busy) < count:
        await asyncio.sleep(0.01)
    print('ready', flush=True)
    if kind == 'scraping':
        await asyncio.gather(*clients)
    else:
        await asyncio.to_thread(sys.stdin.read)
    print(pages)


if __name__ == '__main__':
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
