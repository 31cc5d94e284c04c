// What somebody wants to know of each checked run, in sentences: they come from the program, which
// prints the same.
import { byID, element } from './dom.js';
import { detailsOf } from './details.js';
import { checked, runs } from './state.js';

const learningSigns = { yes: '✔', little: '▲', stopped: '❚❚', fell: '▲', no: '✖', early: '◔', unknown: '?' };

const questions = [
  ['Is it learning?', 'learns'], ['Since when not?', 'since_when'], ['What should be changed?', 'changes'],
  ['Which checkpoint is best?', 'best_is'],
];

function answersOf(id) {
  const answers = detailsOf(id)?.answers;
  if (!answers) return null;
  const sign = element('span', { class: 'sign', 'aria-hidden': 'true' }, learningSigns[answers.learning] ?? '');
  const card = element('article', { 'data-learning': answers.learning, 'data-run': id, 'aria-label': `Answers about ${runs.get(id)?.name ?? id}` },
    element('h3', {}, sign, ` ${runs.get(id)?.name ?? id}`),
    element('dl', {}, ...questions.flatMap(([question, name]) => [element('dt', {}, question), element('dd', {}, answers[name])])));
  card.style.setProperty('--run', `var(--run-${checked.get(id)})`);
  return card;
}

let answersShown = '';

// showAnswers writes those of all checked runs, where they are others: what is selected in them stays.
export function showAnswers() {
  const now = JSON.stringify([...checked].map(([id, colour]) => [id, colour, runs.get(id)?.name, detailsOf(id)?.answers]));
  if (now === answersShown) return;
  answersShown = now;
  const cards = [...checked.keys()].map(answersOf).filter(Boolean);
  byID('answers').hidden = cards.length === 0;
  byID('answers-cards').replaceChildren(...cards);
}
