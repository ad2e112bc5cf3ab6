# Evaluates Kconfig cases with Debian's kconfiglib and prints what it makes of them, as JSON on stdout.
# stdin: JSON list of {"kconfig": text, "config": text}.
import io, json, os, sys, tempfile
sys.path.append('/usr/lib/python3/dist-packages')
import kconfiglib

def evaluate(case, folder):
    path = os.path.join(folder, 'Kconfig')
    with open(path, 'w') as f:
        f.write(case['kconfig'])
    config = os.path.join(folder, '.config')
    with open(config, 'w') as f:
        f.write(case['config'])
    try:
        k = kconfiglib.Kconfig(path, warn=False)
    except kconfiglib.KconfigError as e:
        return {'error': str(e)}
    k.load_config(config)
    def menu(node, depth, out):
        while node:
            item = node.item
            name = item.name if isinstance(item, kconfiglib.Symbol) else 'choice' if isinstance(item, kconfiglib.Choice) else 'menu' if item is kconfiglib.MENU else 'comment'
            out.append('%d %s' % (depth, name))
            if node.list:
                menu(node.list, depth + 1, out)
            node = node.next
        return out
    return {
        'config': k._config_contents(''),
        'defconfig': k._min_config_contents(''),
        'header': k._autoconf_contents(''),
        'visibility': {s.name: s.visibility for s in k.unique_defined_syms},
        'menu': menu(k.top_node.list, 0, []),
    }

with tempfile.TemporaryDirectory() as folder:
    json.dump([evaluate(case, folder) for case in json.load(sys.stdin)], sys.stdout)
