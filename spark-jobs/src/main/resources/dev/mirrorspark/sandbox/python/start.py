# Starts the compiled harness: marshalled code loads in a tenth of the time that compiling it takes.
def start():
    import marshal

    with open("/box/harness.bin", "rb") as file:
        parts = marshal.load(file)
    space = {"__name__": "harness", "parts": parts}
    exec(marshal.loads(parts["harness"]), space)
    space["main"]()


start()
