// The book's translator, computed in the page: encoder, attention and decoder of chapters 02 to 05,
// and the encoder of chapter 09 that reads from both ends. The weights are those that a chapter has
// trained; authoring/models.py says how they are written.
(() => {
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const BEST = 5; // words of a step that are named
  const folder = new URL("models/", document.currentScript.src);
  const loading = new Map(); // promises, by name

  // Load a model once. A script, not a request: it also works for a page opened as a file.
  function load(name) {
    if (!loading.has(name)) {
      loading.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(`${name}.js`, folder);
        script.onload = () => resolve(new Translator(globalThis.bookModels[name]));
        script.onerror = () => {
          loading.delete(name);
          reject(new Error(`the model ${name} cannot be loaded`));
        };
        document.head.append(script);
      }));
    }
    return loading.get(name);
  }

  // Numbers are written bit by bit: the first bits of all numbers of a matrix, six in a digit, then the
  // second ones. The last bit is the sign.
  function unpack({ shapes, scales, numbers }) {
    const scale = new Float32Array(Uint8Array.from(atob(scales), (letter) => letter.charCodeAt(0)).buffer);
    const value = new Int8Array(128);
    for (let digit = 0; digit < DIGITS.length; digit += 1) value[DIGITS.charCodeAt(digit)] = digit;
    const arrays = {};
    let row = 0;
    let start = 0;
    for (const [name, rows, columns, bits] of shapes) {
      const matrix = new Float32Array(rows * columns);
      const plane = Math.ceil(matrix.length / 6); // digits
      for (let index = 0; index < matrix.length; index += 1) {
        const [place, shift] = [start + Math.floor(index / 6), 5 - (index % 6)];
        let whole = 0;
        for (let bit = 0; bit < bits; bit += 1) {
          whole = 2 * whole + ((value[numbers.charCodeAt(place + bit * plane)] >> shift) & 1);
        }
        matrix[index] = (whole & 1 ? -(whole + 1) / 2 : whole / 2) * scale[row + Math.floor(index / columns)];
      }
      arrays[name] = { matrix, rows, columns };
      row += rows;
      start += bits * plane;
    }
    return arrays;
  }

  // matrix · vector, added to `sum`, which it returns.
  function multiply({ matrix, rows, columns }, vector, sum = new Float32Array(rows)) {
    for (let row = 0, place = 0; row < rows; row += 1) {
      let total = 0;
      for (let column = 0; column < columns; column += 1, place += 1) total += matrix[place] * vector[column];
      sum[row] += total;
    }
    return sum;
  }

  const rowOf = ({ matrix, columns }, row) => matrix.slice(row * columns, (row + 1) * columns);
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));

  function softmax(scores) {
    const largest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  }

  // One step of an LSTM: what its gates are given, (4 hidden), becomes the next state.
  function next(gates, { cell }) {
    const size = cell.length;
    const hidden = new Float32Array(size);
    const kept = new Float32Array(size);
    for (let unit = 0; unit < size; unit += 1) {
      const [input, forget, fresh, output] = [0, 1, 2, 3].map((gate) => gates[gate * size + unit]);
      kept[unit] = sigmoid(forget) * cell[unit] + sigmoid(input) * Math.tanh(fresh);
      hidden[unit] = sigmoid(output) * Math.tanh(kept[unit]);
    }
    return { hidden, cell: kept };
  }

  const joined = (parts) => Float32Array.from(parts.flatMap((part) => [...part]));

  class Translator {
    constructor(model) {
      this.task = model.task; // digits, numbers or dates
      this.source = model.source; // tokens
      this.target = model.target;
      this.languages = model.languages; // read and written; none for the digit language
      this.sample = model.sample; // a sentence to begin with
      this.longest = model.steps; // tokens of a translation
      this.arrays = unpack(model);
      this.sos = this.target.indexOf("SOS");
      this.eos = this.target.indexOf("EOS");
      const forbidden = new Set(["PAD", "SOS"]);
      this.isWritable = this.target.map((token) => !forbidden.has(token));
    }

    // The ids of source tokens and EOS behind them; an error names a token that the model has not.
    ids(tokens) {
      return [...tokens, "EOS"].map((token) => {
        const id = this.source.indexOf(token);
        if (id < 0) throw new RangeError(token);
        return id;
      });
    }

    // Read a sentence: its ids, EOS included, one hidden state and one key for each, the last state.
    encode(ids) {
      const ends = ["forwards", "backwards"].filter((name) => `${name} state` in this.arrays);
      const read = ends.map((name) => this.#read(name, name === "forwards" ? ids : [...ids].reverse()));
      if (ends.length > 1) read[1].states.reverse();
      const states = ids.map((_, place) => joined(read.map((end) => end.states[place])));
      const state = {
        hidden: joined(read.map((end) => end.last.hidden)),
        cell: joined(read.map((end) => end.last.cell)),
      };
      return { ids, states, keys: states.map((one) => multiply(this.arrays.W2, one)), state };
    }

    // What a token adds to the gates of one end of the encoder.
    #gates(name, id) {
      const { [`${name} token`]: table, [`${name} kernel`]: kernel, "source embedding": embedding } = this.arrays;
      return table ? rowOf(table, id) : multiply(kernel, Float32Array.of(...rowOf(embedding, id), 1));
    }

    #read(name, ids) {
      const recurrent = this.arrays[`${name} state`];
      let last = { hidden: new Float32Array(recurrent.columns), cell: new Float32Array(recurrent.columns) };
      const states = ids.map((id) => {
        const gates = multiply(recurrent, last.hidden, this.#gates(name, id));
        last = next(gates, last);
        return last.hidden;
      });
      return { states, last };
    }

    // Equation (1): a score for each place of the source.
    scores({ keys }, { hidden }) {
      const query = multiply(this.arrays.W1, hidden);
      const { matrix: v } = this.arrays.v;
      return keys.map((key) => key.reduce((sum, one, unit) => sum + v[unit] * Math.tanh(query[unit] + one), 0));
    }

    // One step of the decoder, from the state before it and the word before it. Whoever wants to see
    // what follows gives weights of their own, or says of which places the model may not know.
    step(encoded, state, previous, { weights, masked = [] } = {}) {
      const scores = this.scores(encoded, state);
      const open = scores.map((score, place) => (masked[place] ? -Infinity : score));
      weights = weights ? normalised(weights) : softmax(open); // equation (2)
      const context = new Float32Array(encoded.states[0].length); // equation (3)
      encoded.states.forEach((one, place) => one.forEach((value, unit) => (context[unit] += weights[place] * value)));
      const gates = rowOf(this.arrays["decoder token"], previous);
      multiply(this.arrays["decoder context"], context, gates); // equation (4)
      const after = next(multiply(this.arrays["decoder state"], state.hidden, gates), state);
      const logits = [...multiply(this.arrays.projection, after.hidden, this.arrays["projection bias"].matrix.slice())];
      const probabilities = softmax(logits.map((logit, id) => (this.isWritable[id] ? logit : -Infinity)));
      const best = probabilities
        .map((probability, id) => ({ id, token: this.target[id], probability }))
        .sort((a, b) => b.probability - a.probability)
        .slice(0, BEST);
      return { scores, weights, context, logits, probabilities, best, state: after };
    }

    // Translate as greedy decoding does: every step that it takes, the last one writes EOS if any.
    greedy(encoded) {
      const steps = [];
      let { state } = encoded;
      let previous = this.sos;
      while (steps.length < this.longest && previous !== this.eos) {
        const step = this.step(encoded, state, previous);
        steps.push(step);
        previous = step.best[0].id;
        ({ state } = step);
      }
      return steps;
    }
  }

  function normalised(weights) {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => (sum > 0 ? weight / sum : 1 / weights.length));
  }

  globalThis.bookTranslator = { load, Translator };
})();
