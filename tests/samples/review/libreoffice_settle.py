"""Accept or reject every tracked change of a Word file in a real LibreOffice, and print its paragraphs as JSON.

Run by the system's Python, which has the UNO bindings.     usage: python3 libreoffice_settle.py PROFILE FILE AcceptAll|RejectAll|None
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue


def texts(enumeration):
    while enumeration.hasMoreElements():
        found = enumeration.nextElement()
        if found.supportsService('com.sun.star.text.TextTable'):
            for name in sorted(found.CellNames):
                yield from texts(found.getCellByName(name).createEnumeration())
        else:
            yield found.String


def main(profile, source, order):
    pipe = f'pasbuild{os.getpid()}'
    command = ['soffice', '--headless', '--norestore', '--nologo', f'-env:UserInstallation=file://{profile}', f'--accept=pipe,name={pipe};urp;']
    office = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext('com.sun.star.bridge.UnoUrlResolver', local)
        for _ in range(240):
            try:
                context = resolver.resolve(f'uno:pipe,name={pipe};urp;StarOffice.ComponentContext')
                break
            except Exception:
                time.sleep(0.25)
        manager = context.ServiceManager
        desktop = manager.createInstanceWithContext('com.sun.star.frame.Desktop', context)
        hidden = PropertyValue()
        hidden.Name, hidden.Value = 'Hidden', True
        document = desktop.loadComponentFromURL(Path(source).as_uri(), '_blank', 0, (hidden,))
        if order != 'None':
            helper = manager.createInstanceWithContext('com.sun.star.frame.DispatchHelper', context)
            helper.executeDispatch(document.CurrentController.Frame, f'.uno:{order}TrackedChanges', '', 0, ())
        notes = [document.Footnotes.getByIndex(rank) for rank in range(document.Footnotes.Count)]
        found = {
            'body': [*texts(document.Text.createEnumeration())],
            'notes': [text for note in notes for text in texts(note.createEnumeration())],
        }
        print(json.dumps(found))
        document.close(True)
        try:
            desktop.terminate()
        except Exception:
            pass
    finally:
        try:
            office.wait(20)
        finally:
            office.kill()


if __name__ == '__main__':
    main(*sys.argv[1:])
