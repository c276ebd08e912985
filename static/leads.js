// The result panel and the dispositions: it says once what has changed, moves the focus once, and chooses by number keys
// while the group has focus. Without it the forms work as they are.
(() => {
	const moved = new Set(); // leads for which the focus was moved

	// isTyping is true in a box outside of the outcome: nobody's cursor is taken from there.
	const isTyping = (outcome) => {
		const at = document.activeElement;
		return at !== null && at.matches("input:not([type=radio], [type=checkbox], [readonly]), textarea, select") && !outcome.contains(at);
	};

	const show = () => {
		const outcome = document.querySelector("[data-outcome]");
		const panel = outcome && outcome.querySelector("#result");
		if (!panel) return;
		const said = outcome.querySelector("[data-said]");
		const words = [...panel.querySelectorAll(".state, .done, .say blockquote, .next")].map((part) => part.textContent.trim()).join(" ");
		if (said.textContent !== words) said.textContent = words;
		if (outcome.querySelector("[data-said-already]") || !panel.matches("[data-settled][data-fresh]") || moved.has(panel.dataset.lead) || isTyping(outcome)) return;
		moved.add(panel.dataset.lead);
		const kind = outcome.querySelector(`#disposition-${panel.dataset.suggests}`) || outcome.querySelector("[data-kinds] input");
		if (!kind) return;
		kind.focus({ preventScroll: true });
		outcome.scrollIntoView({ block: "nearest" });
		if (outcome.getBoundingClientRect().height > innerHeight) outcome.scrollIntoView();
	};

	// Ctrl+Enter in the note saves how the call ended. It comes before the keys of the desk, which would send the form.
	const save = (event) => {
		const form = event.target.closest && event.target.closest("#dispose");
		if (!form || event.key !== "Enter" || !event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
		event.preventDefault();
		form.requestSubmit();
	};

	const choose = (event) => {
		const group = event.target.closest && event.target.closest("[data-kinds]");
		if (!group || event.repeat || event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
		const kind = group.querySelector(`input[value="${event.key}"]`);
		event.preventDefault();
		kind.checked = true;
		kind.focus();
		const asks = kind.dataset.asks && document.getElementById(kind.dataset.asks);
		if (asks) asks.focus();
		else group.form.requestSubmit();
	};

	// How the call ended is saved: a new lead comes next.
	const goOn = (event) => {
		if (event.detail.requestConfig?.path?.endsWith("/disposition") && event.detail.xhr.status === 200) document.querySelector("#next-lead")?.focus();
	};

	// The key for a new lead, on pages without the desk's own form.
	const startAnew = (event) => {
		if (event.key !== "F2" || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.repeat || document.querySelector("#answers")) return;
		event.preventDefault();
		document.querySelector("[data-new-lead]")?.click();
	};

	// What the server has not answered must not look as if it were done.
	const unanswered = (hidden) => (event) => {
		const path = event.detail.requestConfig?.path;
		for (const note of document.querySelectorAll("[data-unanswered]")) if (note.dataset.unanswered === path) note.hidden = hidden;
	};
	for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, unanswered(false));
	document.addEventListener("htmx:beforeSend", unanswered(true));

	// A stream that the browser cuts off when the page is left would be reported as an error.
	addEventListener("pagehide", () => {
		for (const live of document.querySelectorAll("[sse-connect]")) live["htmx-internal-data"]?.sseEventSource?.close();
	});
	// Whoever makes a link waits for another result.
	document.addEventListener("click", (event) => {
		if (event.target.closest("#link")) moved.delete(document.querySelector("#result").dataset.lead);
	});
	document.addEventListener("keydown", save, true);
	document.addEventListener("keydown", choose);
	document.addEventListener("keydown", startAnew);
	document.addEventListener("htmx:afterSettle", goOn);
	document.addEventListener("htmx:afterSettle", show);
	show();
})();
