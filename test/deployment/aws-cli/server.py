"""The AWS CLI, loaded once: each command runs in a fork of this process, which saves its start of half a second.

A connection sends a folder and the arguments, each ended by a zero byte, and an empty one after the last. The command
writes into the files `out` and `err` of the folder; the answer is its exit code.
"""

import os
import socket
import sys

from awscli.clidriver import create_clidriver

create_clidriver()  # Loads what every command needs.


def run(folder, arguments):
    for descriptor, name in ((1, "out"), (2, "err")):
        file = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, descriptor)
    code = create_clidriver().main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    connection, _ = server.accept()
    if os.fork() == 0:
        if os.fork() == 0:
            sent = b""
            while not sent.endswith(b"\0\0"):
                sent += connection.recv(65536)
            folder, *arguments = sent[:-2].decode().split("\0")
            code = 255
            try:
                code = run(folder, arguments)
            finally:
                connection.sendall(b"%d\n" % code)
                os._exit(0)
        os._exit(0)
    os.wait()
    connection.close()
