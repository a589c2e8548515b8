// What a shop's page loads: <script type="module" src="https://SERVICE/widget.js"></script>
// It lies beside the page, and what it is made of lies below.
import "./static/similar.js";
