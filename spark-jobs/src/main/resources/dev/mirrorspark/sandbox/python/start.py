# Starts the compiled harness: marshalled code loads in a tenth of the time that compiling it takes.
def start():
    import marshal
    import posix

    file = posix.open("/box/harness.bin", posix.O_RDONLY)
    head = posix.read(file, 32)

    def side(number):
        lengths = [int(length) for length in head.split()]
        start = len(head) + sum(lengths[:number])
        return marshal.loads(posix.pread(file, lengths[number], start))

    parts = side(0)
    exec(parts["harness"], {"__name__": "harness", "parts": parts, "side": side})


start()
