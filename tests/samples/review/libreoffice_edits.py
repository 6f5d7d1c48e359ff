"""A reviewer at work in a real LibreOffice, driven by a script. Run by the system's Python, which has the UNO bindings.

usage: python3 libreoffice_edits.py PROFILE IN OUT FILTER ACTIONS [FIRST LAST]
ACTIONS: JSON, see the methods of Reviewer; FIRST and LAST: names of the person (Anne Petit).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue

USER = """<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.UserProfile/Data"><prop oor:name="givenname" oor:op="fuse"><value>{first}</value></prop></item>
<item oor:path="/org.openoffice.UserProfile/Data"><prop oor:name="sn" oor:op="fuse"><value>{last}</value></prop></item>
</oor:items>"""


def option(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


class Reviewer:
    def __init__(self, desktop, context, path, author):
        self.author = author
        self.document = desktop.loadComponentFromURL(Path(path).as_uri(), '_blank', 0, (option('Hidden', True),))
        self.desktop, self.context, self.text = desktop, context, self.document.Text

    def tracking(self, on):
        self.document.RecordChanges = on

    def paragraph(self, name):
        anchor = self.document.Bookmarks.getByName(name).Anchor
        cursor = anchor.Text.createTextCursorByRange(anchor.Start)
        cursor.gotoStartOfParagraph(False)
        cursor.gotoEndOfParagraph(True)
        return cursor

    def words(self, name, words):
        """Find words in a paragraph: counting letters would go wrong after a field or a control."""
        whole = self.paragraph(name)
        wanted = self.document.createSearchDescriptor()
        wanted.SearchString, wanted.SearchCaseSensitive = words, True
        found = self.document.findNext(whole.Start, wanted)
        assert found is not None and found.Text == whole.Text, (name, words)
        assert whole.Text.compareRegionEnds(found, whole) >= 0, (name, words)
        return found

    def replace(self, name, old, new):
        self.words(name, old).String = new

    def append(self, name, words):
        whole = self.paragraph(name)
        whole.Text.insertString(whole.End, words, False)

    def split(self, name, words):
        cursor = self.words(name, words)
        cursor.Text.insertControlCharacter(cursor.Start, 0, False)

    def merge(self, name, between=''):
        whole = self.paragraph(name)
        cursor = whole.Text.createTextCursorByRange(whole.End)
        cursor.goRight(1, True)
        cursor.String = between

    def delete(self, name):
        cursor = self.paragraph(name)
        cursor.goRight(1, True)
        cursor.String = ''

    def new(self, name, words):
        whole = self.paragraph(name)
        end = whole.Text.createTextCursorByRange(whole.End)
        end.Text.insertControlCharacter(end, 0, False)
        end.Text.insertString(end, words, False)

    def bold(self, name, words):
        self.words(name, words).CharWeight = 150.0

    def comment(self, name, words, content):
        note = self.document.createInstance('com.sun.star.text.textfield.Annotation')
        note.Author, note.Content = self.author, content
        cursor = self.words(name, words)
        cursor.Text.insertTextContent(cursor, note, True)

    def cell(self, table, place, words):
        cell = self.document.TextTables.getByIndex(table).getCellByName(place)
        cursor = cell.createTextCursor()
        cursor.gotoEnd(False)
        cell.insertString(cursor, words, False)

    def style(self, family, name, values):
        style = self.document.StyleFamilies.getByName(family).getByName(name)
        for key, value in values.items():
            setattr(style, key, value)

    def page(self, mark, values):
        self.style('PageStyles', self.paragraph(mark).PageStyleName, values)

    def move(self, name, before):
        """Cut a paragraph and paste it before another, as with the keyboard."""
        controller = self.document.CurrentController
        helper = self.context.ServiceManager.createInstanceWithContext(
            'com.sun.star.frame.DispatchHelper', self.context
        )
        cursor = self.paragraph(name)
        cursor.goRight(1, True)
        controller.select(cursor)
        helper.executeDispatch(controller.Frame, '.uno:Cut', '', 0, ())
        controller.select(self.document.Text.createTextCursorByRange(self.paragraph(before).Start))
        helper.executeDispatch(controller.Frame, '.uno:Paste', '', 0, ())

    def save(self, path, filter_name):
        self.document.storeToURL(Path(path).as_uri(), (option('FilterName', filter_name),))
        self.document.close(True)


def main(profile, source, target, filter_name, actions, first='Anne', last='Petit'):
    user = Path(profile, 'user')
    user.mkdir(parents=True, exist_ok=True)
    user.joinpath('registrymodifications.xcu').write_text(USER.format(first=first, last=last), encoding='utf-8')
    pipe = f'pasbuild{os.getpid()}'
    office = subprocess.Popen(
        [
            'soffice', '--headless', '--norestore', '--nologo', f'-env:UserInstallation=file://{profile}',
            f'--accept=pipe,name={pipe};urp;',
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext('com.sun.star.bridge.UnoUrlResolver', local)
        for _ in range(120):
            try:
                context = resolver.resolve(f'uno:pipe,name={pipe};urp;StarOffice.ComponentContext')
                break
            except Exception:
                time.sleep(0.25)
        desktop = context.ServiceManager.createInstanceWithContext('com.sun.star.frame.Desktop', context)
        reviewer = Reviewer(desktop, context, source, f'{first} {last}')
        for name, *arguments in json.loads(actions):
            getattr(reviewer, name)(*arguments)
        reviewer.save(target, filter_name)
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
