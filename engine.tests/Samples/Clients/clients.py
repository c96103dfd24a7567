# What an application does with redis-py, and how it fares when the leader is killed.
# python3 clients.py KIND PORT...: says "ready" when everything has worked; then, told "killed", how long it takes until a write succeeds, and which errors it saw.
import json
import sys
import time

import redis
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisClusterException

kind, ports = sys.argv[1], [int(port) for port in sys.argv[2:]]


def connect():
    if kind == "redis-py":
        return redis.Redis(port=ports[0])
    return RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", port) for port in ports])


client = connect()


def again(action):
    """On a busy machine the leader may change at any time: what was not done, or perhaps not, is done again. All of it may be done twice."""
    for left in range(50, -1, -1):
        try:
            return action()
        except (redis.ResponseError, AssertionError) as error:
            if left == 0 or not (isinstance(error, AssertionError) or str(error).split()[0] in ("UNKNOWN", "CLUSTERDOWN", "TRYAGAIN")):
                raise
            time.sleep(0.1)


def pipelined():
    pipeline = client.pipeline(transaction=False) if kind == "redis-py" else client.pipeline()
    for i in range(500):
        pipeline.set(f"{kind}{i}", i).get(f"{kind}{i}")
    assert pipeline.execute()[1::2] == [b"%d" % i for i in range(500)]


def transaction():
    assert client.pipeline().set("py:counted", 1).incr("py:counted").execute() == [True, 2]


again(lambda: client.set(f"{kind}:name", "value"))
assert again(lambda: client.get(f"{kind}:name")) == b"value"
assert again(lambda: client.expire(f"{kind}:name", 100))
assert 90 < again(lambda: client.ttl(f"{kind}:name")) <= 100
binary = bytes([0, 255, 13, 10, 1])
again(lambda: client.set(binary, binary))
assert again(lambda: client.get(binary)) == binary
again(pipelined)
big = b"\7" * (2 << 20)
again(lambda: client.set(f"{kind}:big", big))
assert again(lambda: client.get(f"{kind}:big")) == big
if kind == "redis-py":
    again(transaction)
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
    except RedisClusterException as error:
        # redis-py 4.3 cannot look at a cluster a second time: it wants to be made anew.
        errors.append(f"{type(error).__name__}: {error}"[:80])
        client = connect()
print(json.dumps({"seconds": first, "errors": errors}))
