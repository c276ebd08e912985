// Keeps the status page true without a reload: the stream names the lead's state, and when it is
// not the one on the page, the page is fetched again, so that the server draws it in one place.
(() => {
	const main = document.querySelector("main[data-events]");
	if (!main || !window.EventSource) return;
	const stream = new EventSource(main.dataset.events);
	const refresh = async () => {
		const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
		if (!answer.ok) return;
		const page = new DOMParser().parseFromString(await answer.text(), "text/html");
		const next = page.querySelector("main");
		if (!next) return;
		const card = main.querySelector("section"), nextCard = next.querySelector("section");
		const focused = card.contains(document.activeElement);
		main.dataset.state = next.dataset.state;
		card.replaceWith(nextCard);
		if (focused) nextCard.querySelector("a").focus(); // the one link is the one that had it
		main.querySelector("[role=status]").textContent = nextCard.querySelector(".words").textContent.trim();
		document.title = page.title;
		if (!next.dataset.events) stream.close(); // it is final, whether or not the stream has said so
	};
	stream.addEventListener("state", (event) => {
		if (event.data !== main.dataset.state) refresh().catch(() => {}); // the next event tries again
	});
	stream.addEventListener("end", () => stream.close());
})();
