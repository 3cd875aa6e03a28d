"""A small TLS proxy, as a process: `python -m tests.tls_proxy CERTIFICATE PORT SUB_PATH`.

It listens on GRADIO_SERVER_PORT and forwards to PORT of this machine. It passes requests unchanged,
so Host is the proxy's and X-Forwarded-Proto is absent; only the sub-path is removed.
"""

import asyncio
import contextlib
import os
import ssl
import sys


async def main(certificate: str, target: int, sub_path: str) -> None:
    """Forward connections until the process is stopped."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # the other side has left
            while data := await reader.read(65_536):
                if sub_path:
                    data = data.replace(f" {sub_path}/".encode(), b" /", 1)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(forward(reader, outer), forward(inner, writer))

    port = int(os.environ["GRADIO_SERVER_PORT"])
    server = await asyncio.start_server(connect, "127.0.0.1", port, ssl=context)
    print(f"forwards http://127.0.0.1:{port}", flush=True)  # what tests/serving.py waits for
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
