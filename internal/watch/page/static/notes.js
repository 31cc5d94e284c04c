// Notes and tags of the checked runs. They are kept in the run folders.
import { byID, element, setText } from './dom.js';
import { source } from './source.js';
import { checked, runs } from './state.js';

function notesForm(id, notes) {
  const note = element('textarea', { id: `note-${id}`, rows: 4, maxlength: 16000 });
  note.value = notes.note;
  const tags = element('input', { id: `tags-${id}`, type: 'text' });
  tags.value = notes.tags.join(', ');
  const told = element('span', { role: 'status' });
  const save = async (event) => {
    event.preventDefault();
    try {
      await source.save(id, { note: note.value, tags: tags.value.split(',') });
      setText(told, 'saved');
    } catch (error) {
      setText(told, `not saved: ${error.message}`);
    }
  };
  return element('form', { onsubmit: save },
    element('label', { for: note.id }, 'Note'), note,
    element('label', { for: tags.id }, 'Tags, with commas between them'), tags,
    element('p', {}, element('button', { type: 'submit' }, 'Save'), ' ', told));
}

function notesText(notes) {
  return element('div', {}, element('p', { class: 'note' }, notes.note || 'No note.'),
    element('p', {}, notes.tags.length > 0 ? `Tags: ${notes.tags.join(', ')}` : 'No tags.'));
}

export async function showNotes() {
  const ids = [...checked.keys()];
  const details = await Promise.all(ids.map((id) => source.details(id)));
  const parts = ids.flatMap((id, i) => [
    element('h3', {}, runs.get(id)?.name ?? id),
    details[i].notes_error ? element('p', { class: 'error' }, details[i].notes_error)
      : source.live ? notesForm(id, details[i].notes) : notesText(details[i].notes),
  ]);
  byID('panel-notes').replaceChildren(...(parts.length > 0 ? parts : [element('p', {}, 'Check a run above.')]));
}
