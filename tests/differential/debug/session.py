# Run by gdb: what a person does with it, each answer as a line of JSON.
import gdb, json

def say(key, value):
    print('ANSWER ' + json.dumps([key, value]))

def ask(command):
    try:
        return gdb.execute(command, to_string=True).strip()
    except gdb.error as error:
        return 'error: ' + str(error)

def value(expression):
    try:
        return str(gdb.parse_and_eval(expression))
    except gdb.error as error:
        return 'error: ' + str(error)

def chain():
    names, frame = [], gdb.newest_frame()
    while frame is not None and len(names) < 12:
        names.append(frame.name())
        if frame.name() == 'main':
            break
        frame = frame.older()
    return names

def line():
    return gdb.newest_frame().find_sal().line

for command in ('set pagination off', 'set confirm off', 'set style enabled off', 'set width 0', 'set print address off'):
    gdb.execute(command)
plan = json.loads(gdb.parameter('args'))
gdb.execute('target remote ' + plan['socket'])

def through(function, name, times):
    """Instruction by instruction through a function: who called it must be known at each."""
    stop = gdb.Breakpoint('*' + function)
    gdb.execute('continue', to_string=True)
    stop.delete()
    bad, steps = [], 0
    expected = [name for name in chain()[1:]]
    while steps < times:
        now = chain()
        if now[-len(expected):] != expected or 'main' not in now:
            bad.append([hex(int(gdb.parse_and_eval('$pc'))), now])
        if function not in now:
            break
        ask('stepi')
        steps += 1
        # Calls are stepped over.
        names = chain()
        if len(names) > 1 and names[0] not in plan['inlined'] and names[0] != function and names[1] == function:
            ask('finish')
    say('through ' + name, {'bad': bad, 'steps': steps > 1})

for entry in plan['stops']:
    if 'through' in entry:
        through(entry['through'], entry['as'], 400)
        continue
    stop = gdb.Breakpoint(entry['at'])
    gdb.execute('continue', to_string=True)
    stop.delete()
    say('stop ' + entry['at'], [gdb.newest_frame().name(), line()])
    for command in entry.get('run', []):
        ask(command)
        say(command, line())
    for expression in entry.get('values', []):
        say(expression, value(expression))
    if entry.get('chain'):
        say('chain', chain())
    for command in entry.get('ask', []):
        say(command, ask(command))
gdb.execute('kill')
