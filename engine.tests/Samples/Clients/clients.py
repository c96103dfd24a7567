# What an application does with redis-py, and how it fares when the leader is killed.
# python3 clients.py KIND PORT...: says "ready" when everything has worked; then, told "killed", how long it takes until a write succeeds, and which errors it saw.
import json
import sys
import time

import redis
from redis.cluster import ClusterNode, RedisCluster

kind, ports = sys.argv[1], [int(port) for port in sys.argv[2:]]
if kind == "redis-py":
    client = redis.Redis(port=ports[0])
else:
    client = RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", port) for port in ports])

client.set("name", "value")
assert client.get("name") == b"value"
assert client.expire("name", 100)
assert 90 < client.ttl("name") <= 100
binary = bytes([0, 255, 13, 10, 1])
client.set(binary, binary)
assert client.get(binary) == binary
pipeline = client.pipeline(transaction=False) if kind == "redis-py" else client.pipeline()
for i in range(500):
    pipeline.set(f"p{i}", i).get(f"p{i}")
assert pipeline.execute()[1::2] == [b"%d" % i for i in range(500)]
big = b"\7" * (8 << 20)
client.set("big", big)
assert client.get("big") == big
if kind == "redis-py":
    assert client.pipeline().set("counted", 1).incr("counted").execute() == [True, 2]
print("ready", flush=True)

assert sys.stdin.readline().strip() == "killed"
start, first, left, errors, i = time.monotonic(), None, 20, [], 0
while left > 0:
    i += 1
    try:
        client.set(f"after{i}", "value")
        first = first or time.monotonic() - start
        left -= 1
    except redis.RedisError as error:
        errors.append(f"{type(error).__name__}: {error}"[:80])
        if time.monotonic() - start > 30:
            raise
        time.sleep(0.02)
print(json.dumps({"seconds": first, "errors": errors}))
